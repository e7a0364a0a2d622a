use super::*;

const ALG: Algorithm = Algorithm::EdDsa;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Keys with these names.
fn set(kids: &[&str]) -> Arc<KeySet> {
    let keys: Vec<_> = kids
        .iter()
        .map(|kid| {
            serde_json::json!({
                "kty": "OKP", "crv": "Ed25519", "kid": kid,
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            })
        })
        .collect();
    let set = serde_json::json!({ "keys": keys }).to_string();
    Arc::new(KeySet::from_json(&set).unwrap())
}

fn fetched(kids: &[&str]) -> Fetched {
    Fetched::KeySet {
        keys: set(kids),
        validators: None,
        max_age: Some(secs(600)),
    }
}

fn wanted(kid: &str) -> Wanted {
    Wanted {
        kid: kid.to_owned(),
        algorithm: ALG,
    }
}

/// A state that fetched `kids` at zero: to be refreshed at 450 s, fresh until 600 s.
fn with_keys(kids: &[&str]) -> State {
    let mut state = State::new(Limits::default());
    let departure = begun(state.seek(None, 0, secs(0)));
    state.land(departure.number, fetched(kids), secs(0), 0);
    state
}

fn begun(seek: Seek) -> Departure {
    match seek {
        Seek::Begin(departure) => departure,
        other => panic!("not begun: {}", word(&other)),
    }
}

fn word(seek: &Seek) -> String {
    match seek {
        Seek::Have(_) => "have".to_owned(),
        Seek::Join(_) => "join".to_owned(),
        Seek::Begin(_) => "begin".to_owned(),
        Seek::Unavailable(wait) => format!("unavailable for {} s", wait.as_secs()),
    }
}

/// What somebody who comes now and wants `kid` is to do.
fn seek(state: &mut State, kid: &str, now: Duration) -> String {
    let since = state.departed();
    word(&state.seek(Some(&wanted(kid)), since, now))
}

fn serves(state: &State, now: Duration) -> bool {
    state.view().is_some_and(|view| now < view.serves_until)
}

#[test]
fn a_cold_state_has_one_flight() {
    let mut state = State::new(Limits::default());
    assert!(state.view().is_none());
    assert!(state.begin_refresh(secs(0)).is_none());
    assert_eq!(seek(&mut state, "a", secs(0)), "begin");
    assert_eq!(seek(&mut state, "a", secs(1)), "join");
    assert_eq!(seek(&mut state, "b", secs(1)), "join");
    state.land(1, fetched(&["a"]), secs(2), 0);
    assert_eq!(seek(&mut state, "a", secs(2)), "have");
    assert!(serves(&state, secs(2)));
}

#[test]
fn a_set_is_refreshed_ahead_and_ends() {
    for (jitter, refresh_at) in [(0, 450), (128, 487), (255, 524)] {
        let mut state = State::new(Limits::default());
        let departure = begun(state.seek(None, 0, secs(0)));
        state.land(departure.number, fetched(&["a"]), secs(0), jitter);
        let view = state.view().unwrap();
        assert_eq!(view.look_at.as_secs(), refresh_at);
        assert_eq!(view.serves_until, secs(600));
        assert!(
            state
                .begin_refresh(view.look_at.saturating_sub(secs(1)))
                .is_none()
        );
        assert!(state.begin_refresh(view.look_at).is_some());
        assert!(state.begin_refresh(view.look_at).is_none());
    }
}

#[test]
fn a_set_that_ended_unexcused_is_waited_for() {
    let mut state = with_keys(&["a"]);
    assert_eq!(seek(&mut state, "a", secs(599)), "have");
    assert!(!serves(&state, secs(600)));
    let departure = begun(state.seek(Some(&wanted("a")), 1, secs(600)));
    assert_eq!(seek(&mut state, "a", secs(600)), "join");
    state.land(departure.number, fetched(&["b"]), secs(601), 0);
    // The fetch began after the question: the key is gone.
    assert_eq!(word(&state.seek(Some(&wanted("a")), 1, secs(601))), "have");
    assert!(state.is_absent(Some(&wanted("a")), secs(601)));
}

#[test]
fn a_failure_excuses_the_set_while_attempts_go_on() {
    let mut state = with_keys(&["a"]);
    let departure = state.begin_refresh(secs(500)).unwrap();
    state.fail(departure.number, None, secs(505), 0);
    let view = state.view().unwrap();
    assert_eq!(view.look_at, secs(506));
    assert_eq!(view.serves_until, secs(600));
    assert!(state.begin_refresh(secs(505)).is_none());

    let departure = state.begin_refresh(secs(599)).unwrap();
    state.fail(departure.number, None, secs(599), 0);
    // Two seconds of back-off, and a minute in which the next attempt may come.
    assert_eq!(state.view().unwrap().serves_until, secs(661));
    assert_eq!(seek(&mut state, "a", secs(660)), "have");
    assert_eq!(seek(&mut state, "b", secs(600)), "unavailable for 1 s");

    // Nobody came for an hour: what happened since is not known.
    assert_eq!(seek(&mut state, "a", secs(4000)), "begin");
    state.fail(state.departed(), None, secs(4000), 0);
    assert_eq!(seek(&mut state, "a", secs(4000)), "have");
}

#[test]
fn nothing_excuses_a_set_past_the_stale_limit() {
    let mut state = with_keys(&["a"]);
    let day = secs(24 * 60 * 60);
    let just_before = secs(24 * 60 * 60 - 1);
    let departure = begun(state.seek(Some(&wanted("a")), 1, just_before));
    state.fail(departure.number, None, just_before, 0);
    assert_eq!(state.view().unwrap().serves_until, day);
    assert!(state.settle(Some(&wanted("a")), just_before).is_some());
    assert!(state.settle(Some(&wanted("b")), just_before).is_none());
    assert!(state.settle(Some(&wanted("a")), day).is_none());
    assert_eq!(seek(&mut state, "a", day), "begin");
    state.fail(state.departed(), None, day, 0);
    assert_eq!(seek(&mut state, "a", day), "unavailable for 2 s");
    assert_eq!(seek(&mut state, "a", day + secs(2)), "begin");
    state.land(state.departed(), fetched(&["a"]), day + secs(2), 0);
    assert_eq!(seek(&mut state, "a", day + secs(2)), "have");
    assert_eq!(state.retry_wait(day + secs(2)), None);
}

#[test]
fn without_a_stale_limit_a_set_serves_its_lifetime() {
    let mut state = State::new(Limits {
        stale_limit: Duration::ZERO,
        ..Limits::default()
    });
    let departure = begun(state.seek(None, 0, secs(0)));
    state.land(departure.number, fetched(&["a"]), secs(0), 0);
    let departure = state.begin_refresh(secs(599)).unwrap();
    state.fail(departure.number, None, secs(599), 0);
    assert_eq!(state.view().unwrap().serves_until, secs(600));
}

#[test]
fn an_unknown_key_is_looked_up_within_the_budget() {
    let mut state = with_keys(&["a"]);
    let departure = begun(state.seek(Some(&wanted("x")), 1, secs(0)));
    // Who comes now cannot rely on the flight in the air, but waits for it.
    let since = state.departed();
    assert_eq!(
        word(&state.seek(Some(&wanted("y")), since, secs(0))),
        "join"
    );
    assert_eq!(seek(&mut state, "a", secs(0)), "have");
    state.land(departure.number, fetched(&["a"]), secs(1), 0);

    assert_eq!(word(&state.seek(Some(&wanted("x")), 1, secs(1))), "have");
    assert_eq!(
        word(&state.seek(Some(&wanted("y")), since, secs(1))),
        "unavailable for 9 s"
    );
    assert!(state.is_absent(Some(&wanted("x")), secs(1)));
    assert!(!state.is_absent(Some(&wanted("y")), secs(1)));
    assert_eq!(seek(&mut state, "y", secs(10)), "begin");
}

#[test]
fn what_is_absent_is_forgotten_with_the_set_and_in_time() {
    let mut state = with_keys(&["a"]);
    let departure = begun(state.seek(Some(&wanted("x")), 1, secs(0)));
    state.land(departure.number, fetched(&["a"]), secs(0), 0);
    assert_eq!(word(&state.seek(Some(&wanted("x")), 1, secs(0))), "have");
    let x = wanted("x");
    assert!(state.is_absent(Some(&x), secs(9)));
    assert!(!state.is_absent(Some(&x), secs(10)));

    let departure = state.depart(secs(5), false);
    let unchanged = Fetched::NotModified { max_age: None };
    state.land(departure.number, unchanged, secs(5), 0);
    assert!(state.is_absent(Some(&x), secs(5)));
    let departure = state.depart(secs(6), false);
    state.land(departure.number, fetched(&["a"]), secs(6), 0);
    assert!(!state.is_absent(Some(&x), secs(6)));
}

#[test]
fn a_token_without_kid_has_no_key() {
    let mut state = State::new(Limits::default());
    assert!(!state.is_absent(None, secs(0)));
    assert_eq!(word(&state.seek(None, 0, secs(0))), "begin");
    state.land(1, fetched(&["a"]), secs(0), 0);
    assert!(state.is_absent(None, secs(0)));
    assert_eq!(word(&state.seek(None, 1, secs(0))), "have");
}

#[test]
fn a_failed_look_up_leaves_known_keys_alone() {
    let mut state = with_keys(&["a"]);
    let departure = begun(state.seek(Some(&wanted("x")), 1, secs(5)));
    state.fail(departure.number, Some(secs(20)), secs(5), 0);
    assert_eq!(
        word(&state.seek(Some(&wanted("x")), 1, secs(5))),
        "unavailable for 20 s"
    );
    assert_eq!(seek(&mut state, "a", secs(5)), "have");
    let view = state.view().unwrap();
    assert_eq!(view.look_at, secs(450));
    assert_eq!(view.serves_until, secs(600));
}

#[test]
fn not_modified_prolongs_the_set() {
    let mut state = with_keys(&["a"]);
    let departure = state.begin_refresh(secs(500)).unwrap();
    let max_age = Some(secs(1200));
    state.land(
        departure.number,
        Fetched::NotModified { max_age },
        secs(500),
        0,
    );
    let view = state.view().unwrap();
    assert!(wanted("a").is_in(&view.keys));
    assert_eq!(view.serves_until, secs(1700));
    assert_eq!(state.age(secs(510)), Some(secs(10)));
}

#[test]
fn a_lost_flight_is_begun_anew_and_costs_nothing() {
    let mut state = with_keys(&["a"]);
    let x = wanted("x");
    let departure = begun(state.seek(Some(&x), 1, secs(0)));
    state.lose(departure.number);
    let departure = begun(state.seek(Some(&x), 1, secs(0)));
    state.land(departure.number, fetched(&["a", "x"]), secs(0), 0);
    assert_eq!(word(&state.seek(Some(&x), 1, secs(0))), "have");
    state.lose(departure.number);
    assert_eq!(seek(&mut state, "y", secs(0)), "unavailable for 10 s");
}

#[test]
fn an_overdue_flight_is_overtaken() {
    let mut state = State::new(Limits::default());
    let late = begun(state.seek(None, 0, secs(0)));
    assert_eq!(seek(&mut state, "a", secs(5)), "join");
    let next = begun(state.seek(None, 0, secs(6)));
    state.land(late.number, fetched(&["late"]), secs(7), 0);
    state.fail(late.number, None, secs(7), 0);
    state.lose(late.number);
    assert!(state.view().is_none());
    assert_eq!(seek(&mut state, "a", secs(7)), "join");
    state.land(next.number, fetched(&["a"]), secs(8), 0);
    assert_eq!(seek(&mut state, "a", secs(8)), "have");
}

#[test]
fn the_receiver_closes_when_the_departure_is_dropped() {
    let mut state = State::new(Limits::default());
    let departure = begun(state.seek(None, 0, secs(0)));
    let Seek::Join(over) = state.seek(None, 0, secs(0)) else {
        panic!("does not join");
    };
    assert!(over.has_changed().is_ok());
    drop(departure);
    assert!(over.has_changed().is_err());
}
