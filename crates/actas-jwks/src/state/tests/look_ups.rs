use super::support::{
    begun, cached, fetched, secs, seek, seek_since, unchanged, wanted, with_keys, with_limits, word,
};
use crate::settings::Limits;
use crate::state::State;

#[test]
fn an_unknown_key_is_looked_up_within_the_budget() {
    let mut state = with_keys(&["a"]);
    let departure = begun(state.seek(Some(&wanted("x")), 1, secs(0)));
    // Who comes now cannot rely on the flight in the air, but waits for it.
    let since = state.departed();
    assert_eq!(seek_since(&mut state, "y", since, secs(0)), "join");
    assert_eq!(seek(&mut state, "a", secs(0)), "have");
    state.land(departure.number, fetched(&["a"]), 0);

    assert_eq!(seek_since(&mut state, "x", 1, secs(1)), "have");
    assert_eq!(
        seek_since(&mut state, "y", since, secs(1)),
        "unavailable for 9 s"
    );
    assert!(state.is_absent(Some(&wanted("x")), secs(1)));
    assert!(!state.is_absent(Some(&wanted("y")), secs(1)));
    assert_eq!(seek(&mut state, "y", secs(10)), "begin");
}

#[test]
fn what_is_absent_is_forgotten_with_the_set_and_in_time() {
    let limits = Limits {
        unknown_key_burst: 2,
        ..Limits::default()
    };
    let mut state = with_limits(limits, &["a"]);
    for kid in ["w", "x"] {
        let since = state.departed();
        let departure = begun(state.seek(Some(&wanted(kid)), since, secs(0)));
        state.land(departure.number, fetched(&["a"]), 0);
        assert_eq!(seek_since(&mut state, kid, since, secs(0)), "have");
    }
    let x = wanted("x");
    assert!(state.is_absent(Some(&x), secs(9)));
    // Who asked before that was known, and looks now.
    let since = state.departed();
    assert_eq!(seek_since(&mut state, "x", since, secs(9)), "have");
    assert!(!state.is_absent(Some(&x), secs(10)));
    assert_eq!(seek_since(&mut state, "x", since, secs(10)), "begin");

    state.land(state.departed(), unchanged(&["a"]), 0);
    assert!(state.is_absent(Some(&x), secs(9)));
    let departure = state.begin_refresh(secs(900)).unwrap();
    state.land(departure.number, fetched(&["a"]), 0);
    assert!(!state.is_absent(Some(&x), secs(9)));
}

#[test]
fn what_is_absent_is_looked_up_anew_as_soon_as_the_budget_allows() {
    let limits = Limits {
        unknown_key_burst: 2,
        ..Limits::default()
    };
    let mut state = with_limits(limits, &["a"]);
    let x = wanted("x");
    for _ in 0..2 {
        assert!(!state.is_absent(Some(&x), secs(3)));
        let since = state.departed();
        let departure = begun(state.seek(Some(&x), since, secs(3)));
        state.land(departure.number, fetched(&["a"]), 0);
        assert_eq!(seek_since(&mut state, "x", since, secs(3)), "have");
    }
    assert!(state.is_absent(Some(&x), secs(3)));
    assert!(!state.is_absent(Some(&x), secs(13)));
}

#[test]
fn absence_is_as_old_as_the_fetch_that_proved_it() {
    let limits = Limits {
        unknown_key_burst: 2,
        ..Limits::default()
    };
    let mut state = with_limits(limits, &["a"]);
    assert_eq!(seek(&mut state, "w", secs(2)), "begin");
    state.land(state.departed(), fetched(&["a"]), 0);
    let departure = begun(state.seek(Some(&wanted("x")), 2, secs(5)));
    state.land(departure.number, fetched(&["a"]), 0);
    // Who waited was late to look.
    assert_eq!(seek_since(&mut state, "x", 2, secs(11)), "have");
    assert!(state.is_absent(Some(&wanted("x")), secs(11)));
    assert_eq!(seek(&mut state, "y", secs(12)), "begin");
    state.lose(state.departed());
    assert_eq!(seek(&mut state, "y", secs(12)), "begin");
    assert!(state.is_absent(Some(&wanted("x")), secs(14)));
    assert!(!state.is_absent(Some(&wanted("x")), secs(15)));
}

#[test]
fn a_comparison_proves_nothing_absent() {
    let mut state = with_keys(&["a"]);
    let departure = state.begin_refresh(secs(500)).unwrap();
    // Rode on a flight that another key was known for.
    let departure_of_another = departure.number - 1;
    assert_eq!(
        seek_since(&mut state, "b", departure_of_another, secs(500)),
        "join"
    );
    state.land(departure.number, unchanged(&["a"]), 0);
    assert_eq!(
        seek_since(&mut state, "b", departure_of_another, secs(500)),
        "begin"
    );
    state.land(state.departed(), fetched(&["a", "b"]), 0);
    assert_eq!(
        seek_since(&mut state, "b", departure_of_another, secs(500)),
        "have"
    );
}

#[test]
fn a_cache_proves_nothing_absent_and_is_not_asked_again() {
    let limits = Limits {
        unknown_key_burst: 3,
        ..Limits::default()
    };
    let mut state = with_limits(limits, &["a"]);
    for (number, expected) in [(1, "for 10 s"), (2, "for 10 s"), (3, "for 10 s")] {
        let departure = begun(state.seek(Some(&wanted("x")), number, secs(0)));
        state.land(departure.number, cached(&["a"]), 0);
        let told = seek_since(&mut state, "x", number, secs(0));
        assert!(told.ends_with(expected), "{told}");
        assert!(!state.is_absent(Some(&wanted("x")), secs(0)));
    }
    assert_eq!(seek(&mut state, "x", secs(4)), "unavailable for 6 s");
    assert_eq!(seek(&mut state, "a", secs(4)), "have");

    // A cold state has nothing to spend, and nothing to ask again for either.
    let mut state = State::new(Limits::default());
    assert_eq!(seek(&mut state, "x", secs(0)), "begin");
    state.land(1, cached(&["a"]), 0);
    assert_eq!(
        seek_since(&mut state, "x", 0, secs(0)),
        "unavailable for 10 s"
    );
    assert_eq!(seek_since(&mut state, "a", 0, secs(0)), "have");
}

#[test]
fn a_token_without_kid_has_no_key() {
    let mut state = State::new(Limits::default());
    assert!(!state.is_absent(None, secs(0)));
    assert_eq!(word(&state.seek(None, 0, secs(0))), "begin");
    state.land(1, fetched(&["a"]), 0);
    assert!(state.is_absent(None, secs(0)));
    assert_eq!(word(&state.seek(None, 1, secs(0))), "have");
}

#[test]
fn a_failed_look_up_leaves_known_keys_alone() {
    let mut state = with_keys(&["a"]);
    let departure = begun(state.seek(Some(&wanted("x")), 1, secs(5)));
    state.fail(departure.number, Some(secs(20)), secs(5), 0);
    assert_eq!(
        seek_since(&mut state, "x", 1, secs(5)),
        "unavailable for 20 s"
    );
    assert_eq!(seek(&mut state, "a", secs(5)), "have");
    let view = state.view().unwrap();
    assert_eq!(view.look_at, secs(450));
    assert_eq!(view.serves_until, secs(600));
}
