use super::support::{begun, fetched, secs, seek, serves, wanted, with_keys, with_limits};
use crate::settings::Limits;

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
fn an_attempt_without_a_failure_before_it_excuses_nothing() {
    let mut state = with_keys(&["a"]);
    assert!(state.begin_refresh(secs(599)).is_some());
    assert_eq!(state.view().unwrap().serves_until, secs(600));
    assert_eq!(seek(&mut state, "a", secs(600)), "join");
}

/// With a back-off that is shorter than an attempt.
#[test]
fn the_attempt_after_a_failure_excuses_the_set_too() {
    let limits = Limits {
        first_backoff: secs(1),
        max_backoff: secs(2),
        fetch_timeout: secs(20),
        ..Limits::default()
    };
    let mut state = with_limits(limits, &["a"]);
    let departure = state.begin_refresh(secs(597)).unwrap();
    state.fail(departure.number, None, secs(597), 0);
    assert_eq!(state.view().unwrap().serves_until, secs(600));
    assert!(state.begin_refresh(secs(599)).is_some());
    assert_eq!(state.view().unwrap().serves_until, secs(620));
    assert_eq!(seek(&mut state, "a", secs(619)), "have");
    assert!(!serves(&state, secs(620)));

    // After a rest it excuses nothing: the set may have changed since.
    let departure = begun(state.seek(Some(&wanted("a")), 2, secs(4000)));
    assert_eq!(seek(&mut state, "a", secs(4000)), "join");
    state.lose(departure.number);
    assert!(!serves(&state, secs(4000)));
}

#[test]
fn nothing_excuses_a_set_past_the_stale_limit() {
    let mut state = with_keys(&["a"]);
    let day = secs(24 * 60 * 60);
    let just_before = secs(24 * 60 * 60 - 2);
    let departure = begun(state.seek(Some(&wanted("a")), 1, just_before));
    state.fail(departure.number, None, just_before, 0);
    assert_eq!(state.view().unwrap().serves_until, day);
    assert!(state.settle(Some(&wanted("a")), just_before).is_some());
    assert!(state.settle(Some(&wanted("b")), just_before).is_none());
    assert!(state.settle(Some(&wanted("a")), day).is_none());
    let departure = state.begin_refresh(just_before + secs(1)).unwrap();
    assert_eq!(state.view().unwrap().serves_until, day);
    assert_eq!(seek(&mut state, "a", day), "join");
    state.fail(departure.number, None, day, 0);
    assert_eq!(seek(&mut state, "a", day), "unavailable for 2 s");
    assert_eq!(seek(&mut state, "a", day + secs(2)), "begin");
    state.land(state.departed(), fetched(&["a"]), 0);
    assert_eq!(seek(&mut state, "a", day + secs(2)), "have");
}

#[test]
fn a_success_ends_the_back_off() {
    let mut state = with_keys(&["a"]);
    for (now, wait) in [(500, 1), (501, 2), (503, 4)] {
        let departure = state.begin_refresh(secs(now)).unwrap();
        state.fail(departure.number, None, secs(now), 0);
        assert_eq!(state.retry_wait(secs(now)), Some(secs(wait)));
    }
    let departure = state.begin_refresh(secs(507)).unwrap();
    state.land(departure.number, fetched(&["a"]), 0);
    assert_eq!(state.view().unwrap().serves_until, secs(1107));
    let departure = state.begin_refresh(secs(1000)).unwrap();
    state.fail(departure.number, None, secs(1000), 0);
    assert_eq!(state.retry_wait(secs(1000)), Some(secs(1)));
}
