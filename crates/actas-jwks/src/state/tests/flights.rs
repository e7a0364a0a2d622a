use super::support::{
    begun, fetched, secs, seek, serves, unchanged, wanted, with_keys, with_limits,
};
use crate::fetch::Question;
use crate::settings::Limits;
use crate::state::{Seek, State};

#[test]
fn a_cold_state_has_one_flight() {
    let mut state = State::new(Limits::default());
    assert!(state.view().is_none());
    assert!(state.begin_refresh(secs(0)).is_none());
    assert_eq!(seek(&mut state, "a", secs(0)), "begin");
    assert_eq!(seek(&mut state, "a", secs(1)), "join");
    assert_eq!(seek(&mut state, "b", secs(1)), "join");
    state.land(1, fetched(&["a"]), 0);
    assert_eq!(seek(&mut state, "a", secs(2)), "have");
    assert!(serves(&state, secs(2)));
}

#[test]
fn a_known_key_is_asked_for_by_comparison_and_an_unknown_one_is_not() {
    let mut state = with_keys(&["a"]);
    let x = wanted("x");
    let departure = begun(state.seek(Some(&x), 1, secs(0)));
    assert!(matches!(departure.question, Question::LookUp));
    state.land(departure.number, fetched(&["a"]), 0);

    let departure = state.begin_refresh(secs(500)).unwrap();
    assert!(matches!(departure.question, Question::Refresh(Some(_))));
    state.land(departure.number, unchanged(&["a"]), 0);
    for (kid, compares) in [("a", true), ("x", false)] {
        let since = state.departed();
        let departure = begun(state.seek(Some(&wanted(kid)), since, secs(2000)));
        let compared = matches!(departure.question, Question::Refresh(Some(_)));
        assert_eq!(compared, compares, "{kid}");
        state.lose(departure.number);
    }
}

#[test]
fn after_a_failure_nothing_is_compared() {
    let mut state = with_keys(&["a"]);
    let departure = state.begin_refresh(secs(500)).unwrap();
    state.fail(departure.number, None, secs(500), 0);
    let departure = state.begin_refresh(secs(501)).unwrap();
    assert!(matches!(departure.question, Question::Refresh(None)));
}

#[test]
fn nobody_looks_while_a_flight_is_in_the_air() {
    let mut state = with_keys(&["a"]);
    let departure = state.begin_refresh(secs(500)).unwrap();
    assert_eq!(state.view().unwrap().look_at, secs(504));
    state.lose(departure.number);
    assert_eq!(state.view().unwrap().look_at, secs(450));
}

#[test]
fn a_lost_flight_is_begun_anew_and_costs_nothing() {
    let mut state = with_keys(&["a"]);
    let x = wanted("x");
    let departure = begun(state.seek(Some(&x), 1, secs(0)));
    state.lose(departure.number);
    let departure = begun(state.seek(Some(&x), 1, secs(0)));
    state.land(departure.number, fetched(&["a", "x"]), 0);
    assert_eq!(seek(&mut state, "x", secs(0)), "have");
    state.lose(departure.number);
    assert_eq!(seek(&mut state, "y", secs(0)), "unavailable for 10 s");
}

#[test]
fn a_lost_flight_that_cost_nothing_gives_nothing_back() {
    let limits = Limits {
        unknown_key_interval: secs(1000),
        ..Limits::default()
    };
    let mut state = with_limits(limits, &["a"]);
    let departure = begun(state.seek(Some(&wanted("x")), 1, secs(0)));
    state.land(departure.number, fetched(&["a"]), 0);
    let departure = state.begin_refresh(secs(500)).unwrap();
    state.lose(departure.number);
    assert_eq!(seek(&mut state, "y", secs(500)), "unavailable for 500 s");
}

#[test]
fn an_overdue_flight_is_overtaken() {
    let mut state = State::new(Limits::default());
    let late = begun(state.seek(None, 0, secs(0)));
    for (now, left) in [(0, 4), (3, 1)] {
        let Seek::Join(_, limit) = state.seek(None, 0, secs(now)) else {
            panic!("does not join");
        };
        assert_eq!(limit, secs(left));
    }
    let next = begun(state.seek(None, 0, secs(4)));
    state.land(late.number, fetched(&["late"]), 0);
    state.fail(late.number, None, secs(7), 0);
    state.lose(late.number);
    assert!(state.view().is_none());
    assert_eq!(state.retry_wait(secs(7)), None);
    assert_eq!(seek(&mut state, "a", secs(7)), "join");
    state.land(next.number, fetched(&["a"]), 0);
    assert_eq!(seek(&mut state, "a", secs(8)), "have");
}

#[test]
fn who_waits_is_woken_when_the_flight_is_over() {
    type End = fn(&mut State, u64);
    let ends: [End; 4] = [
        |state, number| state.land(number, fetched(&["a"]), 0),
        |state, number| state.fail(number, None, secs(1), 0),
        |state, number| state.lose(number),
        |state, _| assert_eq!(seek(state, "a", secs(4)), "begin"),
    ];
    for end in ends {
        let mut state = State::new(Limits::default());
        let departure = begun(state.seek(None, 0, secs(0)));
        let Seek::Join(over, _) = state.seek(None, 0, secs(0)) else {
            panic!("does not join");
        };
        for waiting in [&over, &departure.over] {
            assert!(waiting.has_changed().is_ok());
        }
        end(&mut state, departure.number);
        for waiting in [&over, &departure.over] {
            assert!(waiting.has_changed().is_err());
        }
    }
}
