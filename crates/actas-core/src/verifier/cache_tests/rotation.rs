use serde_json::json;

use super::doubles::{
    MovableClock, MovableKeys, accept, builder_on, is_hit, key_set, modes, refusal, table,
};
use crate::error::ErrorKind;
use crate::test_token::{SEED, token};
use crate::token_cache::TokenCache;
use crate::verifier::Verifier;

fn on(keys: &MovableKeys, cache: TokenCache) -> Verifier {
    let builder = builder_on(keys, &MovableClock::new(), cache);
    builder.build().unwrap()
}

/// A verifier of each mode and one that remembers nothing but headers, each on keys of its own.
fn each() -> Vec<(Verifier, MovableKeys)> {
    let keys = || MovableKeys::new(&[("k", SEED)]);
    let mut all: Vec<_> = modes()
        .into_iter()
        .map(|cache| {
            let keys = keys();
            (on(&keys, cache), keys)
        })
        .collect();
    let keys = keys();
    let builder = builder_on(&keys, &MovableClock::new(), TokenCache::new());
    all.push((builder.without_token_cache().build().unwrap(), keys));
    all
}

fn remembered(verifier: &Verifier) -> usize {
    let tokens = verifier.inner.court.verified.as_deref();
    tokens.map_or(0, crate::token_cache::VerifiedTokens::len)
}

#[test]
fn a_set_without_the_key_refuses_at_once() {
    for (verifier, keys) in each() {
        let token = token(&json!({}));
        accept(&verifier, &token);
        keys.set(Some(key_set(&[("new", 8)])));
        assert_eq!(refusal(&verifier, &token), ErrorKind::UnknownKey);
        assert_eq!(remembered(&verifier), 0);
    }
}

#[test]
fn another_key_of_the_same_name_refuses_at_once() {
    for (verifier, keys) in each() {
        let token = token(&json!({}));
        accept(&verifier, &token);
        keys.set(Some(key_set(&[("k", 8)])));
        assert_eq!(refusal(&verifier, &token), ErrorKind::Signature);
        assert_eq!(remembered(&verifier), 0);
    }
}

#[test]
fn the_same_keys_in_a_new_set_verify_anew() {
    for cache in modes() {
        let keys = MovableKeys::new(&[("k", SEED)]);
        let verifier = on(&keys, cache);
        let token = token(&json!({}));
        let old = accept(&verifier, &token);
        keys.set(Some(key_set(&[("k", SEED)])));
        let new = accept(&verifier, &token);
        assert!(!new.is_same_session(&old));
        assert!(is_hit(&verifier, &token, &new));
        assert_eq!(table(&verifier).len(), 1);
    }
}

#[test]
fn a_withdrawn_key_that_comes_back_serves_again() {
    for (verifier, keys) in each() {
        let token = token(&json!({}));
        let first = key_set(&[("k", SEED)]);
        keys.set(Some(first.clone()));
        accept(&verifier, &token);
        keys.set(Some(key_set(&[("new", 8)])));
        assert_eq!(refusal(&verifier, &token), ErrorKind::UnknownKey);
        keys.set(Some(first));
        accept(&verifier, &token);
    }
}

#[test]
fn without_keys_nothing_remembered_is_served() {
    for (verifier, keys) in each() {
        let token = token(&json!({}));
        accept(&verifier, &token);
        keys.set(None);
        assert_eq!(refusal(&verifier, &token), ErrorKind::KeysUnavailable);
    }
}

#[tokio::test]
async fn what_was_verified_by_fetched_keys_is_remembered() {
    for cache in modes() {
        let keys = MovableKeys::default();
        let verifier = on(&keys, cache);
        let token = token(&json!({}));
        let fetched = key_set(&[("k", SEED)]);
        keys.set_fetched(Some(fetched.clone()));
        let waiting = verifier.verify(&token);
        keys.set(Some(fetched));
        let auth = waiting.await.unwrap();
        assert!(is_hit(&verifier, &token, &auth));
        assert_eq!(keys.fetches(), 1);
    }
}

/// The fetched set is judged by once, since the source says so; remembered is only what the current one verified.
#[tokio::test]
async fn what_was_verified_by_other_keys_than_the_current_ones_is_not_served() {
    for cache in modes() {
        let keys = MovableKeys::new(&[("new", 8)]);
        let verifier = on(&keys, cache);
        let token = token(&json!({}));
        keys.set_fetched(Some(key_set(&[("k", SEED)])));
        let auth = verifier.verify(&token).await.unwrap();
        let again = verifier.verify(&token).await.unwrap();
        assert!(!again.is_same_session(&auth));
        assert_eq!(keys.fetches(), 2);
        keys.set_fetched(None);
        assert_eq!(refusal(&verifier, &token), ErrorKind::UnknownKey);
    }
}

/// The set that a wait brought is remembered as itself, even where another has become current in the meantime.
#[tokio::test]
async fn a_set_that_was_replaced_during_the_wait_serves_no_longer() {
    for cache in modes() {
        let keys = MovableKeys::default();
        let verifier = on(&keys, cache);
        let token = token(&json!({}));
        keys.set_fetched(Some(key_set(&[("k", SEED)])));
        let waiting = verifier.verify(&token);
        keys.set(Some(key_set(&[("new", 8)])));
        keys.set_fetched(None);
        waiting.await.unwrap();
        assert_eq!(refusal(&verifier, &token), ErrorKind::UnknownKey);
    }
}
