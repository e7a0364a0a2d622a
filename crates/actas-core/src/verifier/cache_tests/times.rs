use serde_json::json;

use super::doubles::{
    MovableClock, MovableKeys, accept, builder_on, is_hit, modes, refusal, table,
};
use crate::error::ErrorKind;
use crate::test_token::{NOW, SEED, token};
use crate::token_cache::TokenCache;
use crate::verifier::Verifier;

fn on(cache: TokenCache) -> (Verifier, MovableClock) {
    let clock = MovableClock::new();
    let keys = MovableKeys::new(&[("k", SEED)]);
    let builder = builder_on(&keys, &clock, cache);
    (builder.with_leeway(5).build().unwrap(), clock)
}

#[test]
fn a_token_dies_with_its_time_and_leaves() {
    for cache in modes() {
        for beyond in [NOW + 65, NOW + 66, u64::MAX - 1] {
            let (verifier, clock) = on(cache);
            let token = token(&json!({"exp": NOW + 60}));
            let auth = accept(&verifier, &token);
            clock.set(NOW + 64);
            assert!(is_hit(&verifier, &token, &auth));
            clock.set(beyond);
            assert_eq!(refusal(&verifier, &token), ErrorKind::Expired);
            assert_eq!(table(&verifier).len(), 0);
        }
    }
}

#[test]
fn a_fraction_of_a_second_keeps_no_token_alive() {
    for cache in modes() {
        let (verifier, clock) = on(cache);
        let token = token(&json!({"exp": 1_767_225_660.5}));
        accept(&verifier, &token);
        clock.set(NOW + 65);
        accept(&verifier, &token);
        clock.set(NOW + 66);
        assert_eq!(refusal(&verifier, &token), ErrorKind::Expired);
    }
}

#[test]
fn a_clock_that_went_backwards_is_a_miss() {
    for cache in modes() {
        let (verifier, clock) = on(cache);
        let token = token(&json!({}));
        let later = accept(&verifier, &token);
        clock.set(NOW - 1);
        let earlier = accept(&verifier, &token);
        assert!(!earlier.is_same_session(&later));
        assert!(is_hit(&verifier, &token, &earlier));
        assert_eq!(table(&verifier).len(), 1);
        clock.set(NOW);
        assert!(is_hit(&verifier, &token, &earlier));
    }
}

/// It is judged anew, and then what lies in the future refuses it.
#[test]
fn a_clock_that_went_back_before_the_token_refuses_it() {
    for cache in modes() {
        for (claims, refused) in [
            (json!({"nbf": NOW}), ErrorKind::NotYetValid),
            (json!({}), ErrorKind::IssuedInFuture),
        ] {
            let (verifier, clock) = on(cache);
            let token = token(&claims);
            let auth = accept(&verifier, &token);
            clock.set(NOW - 6);
            assert_eq!(refusal(&verifier, &token), refused);
            clock.set(NOW);
            assert!(is_hit(&verifier, &token, &auth));
        }
    }
}

#[test]
fn a_clock_that_cannot_tell_the_time_refuses_what_is_remembered() {
    for cache in modes() {
        let (verifier, clock) = on(cache);
        let token = token(&json!({}));
        let auth = accept(&verifier, &token);
        clock.break_down();
        assert_eq!(refusal(&verifier, &token), ErrorKind::ClockUnavailable);
        clock.set(NOW);
        assert!(is_hit(&verifier, &token, &auth));
    }
}
