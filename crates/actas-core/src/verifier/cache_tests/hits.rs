use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use super::doubles::{
    MovableClock, MovableKeys, accept, builder_on, is_hit, modes, refusal, table,
};
use crate::error::ErrorKind;
use crate::guard::{Action, Guard};
use crate::separator::Separator;
use crate::test_request::TestRequest;
use crate::test_token::{SEED, builder, token, token_under};

#[test]
fn a_token_is_verified_once() {
    for cache in modes() {
        let keys = MovableKeys::new(&[("k", SEED)]);
        let verifier = builder_on(&keys, &MovableClock::new(), cache)
            .build()
            .unwrap();
        let token = token(&json!({}));
        let auth = accept(&verifier, &token);
        let asked = keys.asked();
        assert!(is_hit(&verifier, &token, &auth));
        assert!(is_hit(&verifier.clone(), &token.clone(), &auth));
        let request =
            TestRequest::new("GET").with_header("authorization", format!("Bearer {token}"));
        let again = verifier.authenticate(&request).now().unwrap().unwrap();
        assert!(again.is_same_session(&auth));
        assert_eq!((keys.asked(), table(&verifier).len()), (asked, 1));
    }
}

#[test]
fn another_token_of_the_same_session_is_verified_by_itself() {
    for cache in modes() {
        let verifier = builder().with_token_cache(cache).build().unwrap();
        let first = accept(&verifier, &token(&json!({"jti": "1"})));
        let second = accept(&verifier, &token(&json!({"jti": "2"})));
        assert!(!first.is_same_session(&second));
        assert!(is_hit(&verifier, &token(&json!({"jti": "1"})), &first));
        assert_eq!(table(&verifier).len(), 2);
    }
}

/// Every variant is refused after the token it imitates was accepted, and leaves no trace.
#[test]
fn a_forged_variant_of_a_remembered_token_is_refused() {
    for cache in modes() {
        let verifier = builder().with_token_cache(cache).build().unwrap();
        let token = token(&json!({}));
        let auth = accept(&verifier, &token);
        let parts: Vec<&str> = token.split('.').collect();
        let admin = self::token(&json!({"act": {"sub": "admin"}}));
        let admin: Vec<&str> = admin.split('.').collect();
        let header = token_under(&json!({"kid": "K"}), &json!({}));
        let typ = token_under(&json!({"typ": "jwt"}), &json!({}));
        let mut variants = vec![
            format!("{}.{}.{}", parts[0], admin[1], parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], admin[2]),
            format!(
                "{}.{}.{}",
                header.split('.').next().unwrap(),
                parts[1],
                parts[2]
            ),
            format!(
                "{}.{}.{}",
                typ.split('.').next().unwrap(),
                parts[1],
                parts[2]
            ),
            format!("{token}A"),
            format!("{token}="),
            format!("{token}\0"),
            format!(" {token}"),
            format!("A{token}"),
            format!("{token}.{token}"),
            token.to_ascii_lowercase(),
        ];
        variants.extend((0..token.len()).map(|end| token[..end].to_owned()));
        variants.extend((1..token.len()).map(|start| token[start..].to_owned()));
        variants.extend((0..token.len()).map(|at| {
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &token[..at], &token[at + 1..])
        }));
        for variant in variants {
            assert!(verifier.verify(&variant).now().is_err(), "{variant}");
            // Spaces before the token are the header's.
            if variant.trim_start() != token {
                let request = TestRequest::new("GET")
                    .with_header("authorization", format!("Bearer {variant}"));
                assert!(verifier.authenticate(&request).now().is_err(), "{variant}");
            }
        }
        assert_eq!(table(&verifier).len(), 1);
        assert!(is_hit(&verifier, &token, &auth));
    }
}

#[test]
fn without_the_cache_a_token_is_verified_each_time() {
    let verifier = builder().without_token_cache().build().unwrap();
    let token = token(&json!({}));
    let auth = accept(&verifier, &token);
    assert!(!is_hit(&verifier, &token, &auth));
    assert!(verifier.inner.court.verified.is_none());
}

#[test]
fn nothing_of_a_token_is_told() {
    for cache in modes() {
        let verifier = builder().with_token_cache(cache).build().unwrap();
        let token = token(&json!({"secret": "s3cret"}));
        accept(&verifier, &token);
        let told = format!("{:?} {verifier:?}", table(&verifier));
        for part in token.split('.').chain(["s3cret", "user_1"]) {
            assert!(!told.contains(part), "{told}");
        }
    }
}

#[test]
fn with_fingerprints_no_bytes_of_a_token_are_kept() {
    for (cache, kept) in modes().into_iter().zip([true, false]) {
        let verifier = builder().with_token_cache(cache).build().unwrap();
        let token = token(&json!({}));
        accept(&verifier, &token);
        for piece in token.as_bytes().chunks_exact(4) {
            assert_eq!(table(&verifier).names(piece), kept);
        }
    }
}

#[test]
fn fingerprints_of_two_verifiers_differ() {
    let [_, cache] = modes();
    let token = token(&json!({}));
    let build = || builder().with_token_cache(cache).build().unwrap();
    let (one, other) = (build(), build());
    accept(&one, &token);
    accept(&other, &token);
    let name = |of: &_| {
        (0..=u8::MAX)
            .filter(|byte| table(of).names(&[*byte]))
            .collect()
    };
    let (first, second): (Vec<u8>, Vec<u8>) = (name(&one), name(&other));
    assert_ne!(first, second);
}

#[test]
fn a_guard_decides_anew_about_a_remembered_session() {
    for cache in modes() {
        let verifier = builder().with_token_cache(cache).build().unwrap();
        let token = token(&json!({"act": {"sub": "admin"}}));
        let allowed = Arc::new(AtomicBool::new(true));
        let policy = Arc::clone(&allowed);
        let guard =
            Guard::deny_when_impersonated().allow_actors(move |_| policy.load(Ordering::Relaxed));
        let action = Action::new("POST", Some("/account"));
        let admit = || {
            let auth = accept(&verifier, &token);
            let outcome = guard.admit(Some(&auth), None, &action);
            (auth, outcome.map(|_| ()).map_err(|error| error.kind()))
        };
        let (first, before) = admit();
        allowed.store(false, Ordering::Relaxed);
        let (second, after) = admit();
        assert!(first.is_same_session(&second));
        assert_eq!(before, Ok(()));
        assert_eq!(after, Err(ErrorKind::ImpersonationDenied));
    }
}

#[test]
fn a_separator_of_the_application_is_asked_once_for_each_token() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    fn is_web(client: &str) -> bool {
        ASKED.fetch_add(1, Ordering::Relaxed);
        client == "web"
    }
    for (modes, cache) in modes().into_iter().enumerate() {
        let separator = Separator::claim_that("client", is_web);
        let verifier = builder()
            .add_separator(separator)
            .with_token_cache(cache)
            .build()
            .unwrap();
        let before = modes * 4;
        for (token, asked) in [
            (token(&json!({"client": "web"})), 1),
            (token(&json!({"client": "web"})), 1),
            (token(&json!({"client": "web", "jti": "2"})), 2),
        ] {
            accept(&verifier, &token);
            assert_eq!(ASKED.load(Ordering::Relaxed), before + asked);
        }
        let machine = token(&json!({"client": "machine"}));
        for asked in [3, 4] {
            assert_eq!(refusal(&verifier, &machine), ErrorKind::NotASession);
            assert_eq!(ASKED.load(Ordering::Relaxed), before + asked);
        }
    }
}
