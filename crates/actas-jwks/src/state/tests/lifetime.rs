use super::support::{
    begun, fetched, secs, seek, seek_since, serves, unchanged, wanted, with_keys, with_limits,
};
use crate::fetch::{Answer, Fetched};
use crate::settings::Limits;
use crate::state::State;

#[test]
fn a_set_is_refreshed_ahead_and_ends() {
    for (jitter, refresh_at) in [(0, 450), (128, 487), (255, 524)] {
        let mut state = State::new(Limits::default());
        let departure = begun(state.seek(None, 0, secs(0)));
        state.land(departure.number, fetched(&["a"]), jitter);
        let view = state.view().unwrap();
        assert_eq!(view.look_at.as_secs(), refresh_at);
        assert_eq!(view.serves_until, secs(600));
        let just_before = view.look_at.saturating_sub(secs(1));
        assert!(state.begin_refresh(just_before).is_none());
        assert!(state.begin_refresh(view.look_at).is_some());
        assert!(state.begin_refresh(view.look_at).is_none());
    }
}

#[test]
fn a_refresh_has_the_time_of_a_slow_fetch() {
    let limits = Limits {
        fetch_timeout: secs(30),
        ..Limits::default()
    };
    let mut state = State::new(limits);
    let departure = begun(state.seek(None, 0, secs(0)));
    let mut short = fetched(&["a"]);
    short.answer.max_age = Some(secs(60));
    state.land(departure.number, short, 0);
    let look_at = state.view().unwrap().look_at;
    assert!(state.begin_refresh(look_at).is_some());
    assert_eq!(seek(&mut state, "a", look_at + secs(29)), "have");
}

#[test]
fn a_lifetime_counts_from_the_departure() {
    let mut state = State::new(Limits::default());
    let departure = begun(state.seek(Some(&wanted("a")), 0, secs(0)));
    assert_eq!(seek(&mut state, "b", secs(3)), "join");
    // It came in time. Its runtime took an hour to look.
    state.land(departure.number, fetched(&["a"]), 0);
    assert!(!serves(&state, secs(3600)));
    assert_eq!(state.age(secs(3600)), Some(secs(3600)));
    // It is newer than the question of who waited for it, and not than that of who comes now.
    assert_eq!(seek_since(&mut state, "a", 0, secs(3600)), "have");
    assert_eq!(seek(&mut state, "a", secs(3600)), "begin");
}

#[test]
fn a_set_that_ended_unexcused_is_waited_for() {
    let mut state = with_keys(&["a"]);
    assert_eq!(seek(&mut state, "a", secs(599)), "have");
    assert!(!serves(&state, secs(600)));
    let departure = begun(state.seek(Some(&wanted("a")), 1, secs(600)));
    assert_eq!(seek(&mut state, "a", secs(600)), "join");
    state.land(departure.number, fetched(&["b"]), 0);
    // The fetch began after the question: the key is gone.
    assert_eq!(seek_since(&mut state, "a", 1, secs(601)), "have");
    assert!(state.lacks(&wanted("a"), secs(601)));
}

#[test]
fn not_modified_prolongs_the_set() {
    let mut state = with_keys(&["a"]);
    let departure = state.begin_refresh(secs(500)).unwrap();
    let longer = Fetched {
        answer: Answer {
            max_age: Some(secs(1200)),
            ..unchanged(&["a"]).answer
        },
        ..unchanged(&["a"])
    };
    state.land(departure.number, longer, 0);
    let view = state.view().unwrap();
    assert!(wanted("a").is_in(&view.keys));
    assert_eq!(view.serves_until, secs(1700));
    assert_eq!(state.age(secs(510)), Some(secs(10)));
}

#[test]
fn without_a_stale_limit_a_set_serves_its_lifetime() {
    let limits = Limits {
        stale_limit: secs(0),
        ..Limits::default()
    };
    let mut state = with_limits(limits, &["a"]);
    let departure = state.begin_refresh(secs(599)).unwrap();
    state.fail(departure.number, None, secs(599), 0);
    assert_eq!(state.view().unwrap().serves_until, secs(600));
    for (now, settles) in [(599, true), (600, false)] {
        let settled = state.settle(Some(&wanted("a")), secs(now));
        assert_eq!(settled.is_some(), settles, "{now}");
    }
}

#[test]
fn keys_that_did_not_change_are_the_same_set() {
    let mut state = with_keys(&["a", "b"]);
    let before = state.view().unwrap().keys.generation();
    for (at, kids, is_same) in [(450, ["b", "a"], true), (900, ["a", "c"], false)] {
        let departure = state.begin_refresh(secs(at)).unwrap();
        state.land(departure.number, fetched(&kids), 0);
        let keys = state.view().unwrap().keys;
        assert_eq!(keys.generation() == before, is_same, "{kids:?}");
    }
}
