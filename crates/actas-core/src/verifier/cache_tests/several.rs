use std::sync::Arc;

use serde_json::json;

use super::doubles::{
    MovableClock, MovableKeys, accept, builder_on, is_hit, key_set, modes, refusal, table,
};
use crate::error::ErrorKind;
use crate::keys::StaticKeys;
use crate::separator::Separator;
use crate::session::Auth;
use crate::test_request::TestRequest;
use crate::test_token::{ISSUER, NOW, SEED, Still, builder, jwks, token, token_under};
use crate::token_cache::TokenCache;
use crate::verifier::{Verifier, VerifierBuilder, WithKeys};

const OTHER: &str = "https://other.example";

fn other() -> VerifierBuilder<WithKeys> {
    Verifier::builder(OTHER)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&jwks()).unwrap())
        .with_clock(Still)
}

fn both(first: VerifierBuilder<WithKeys>, second: VerifierBuilder<WithKeys>) -> Verifier {
    let verifiers = [first, second].map(|builder| builder.build().unwrap());
    Verifier::any_of(verifiers).unwrap()
}

fn cookie(name: &str, token: &str) -> TestRequest {
    TestRequest::new("GET").with_header("cookie", format!("{name}={token}"))
}

fn upgrade(token: &str) -> TestRequest {
    TestRequest::new("GET")
        .with_header("connection", "upgrade")
        .with_header("upgrade", "websocket")
        .with_header("sec-websocket-protocol", format!("chat, bearer.{token}"))
}

fn outcome(verifier: &Verifier, request: &TestRequest) -> Result<Auth, ErrorKind> {
    let outcome = verifier.authenticate(request).now();
    outcome.map(Option::unwrap).map_err(|error| error.kind())
}

#[test]
fn a_token_is_taken_only_from_where_its_judge_takes_it_though_it_is_remembered() {
    for cache in modes() {
        let verifier = both(
            builder().with_token_cache(cache).with_cookie_names(["__a"]),
            other()
                .with_cookie_names(["__b"])
                .with_websocket_protocol("bearer."),
        );
        let ours = token(&json!({}));
        let theirs = token(&json!({"iss": OTHER}));
        let (auth, their_auth) = (accept(&verifier, &ours), accept(&verifier, &theirs));
        for (request, expected) in [
            (cookie("__a", &ours), Some(&auth)),
            (cookie("__b", &ours), None),
            (upgrade(&ours), None),
            (cookie("__a", &theirs), None),
            (cookie("__b", &theirs), Some(&their_auth)),
            (upgrade(&theirs), Some(&their_auth)),
        ] {
            match (outcome(&verifier, &request), expected) {
                (Ok(auth), Some(expected)) => assert!(auth.is_same_session(expected)),
                (Err(kind), None) => assert_eq!(kind, ErrorKind::UnknownIssuer),
                (other, _) => panic!("{request:?}: {other:?}"),
            }
        }
        assert!(is_hit(&verifier, &ours, &auth));
    }
}

#[test]
fn another_site_is_refused_though_the_token_is_remembered() {
    for cache in modes() {
        let verifier = builder()
            .with_token_cache(cache)
            .with_cookie_names(["__session"])
            .build()
            .unwrap();
        let token = token(&json!({}));
        let auth = accept(&verifier, &token);
        let post = |site: &str| TestRequest {
            method: "POST".to_owned(),
            ..cookie("__session", &token)
                .with_header("host", "api.example")
                .with_header("sec-fetch-site", site)
        };
        let own = outcome(&verifier, &post("same-origin")).unwrap();
        assert!(own.is_same_session(&auth));
        let foreign = outcome(&verifier, &post("cross-site"));
        assert_eq!(foreign.unwrap_err(), ErrorKind::CrossSite);
    }
}

#[test]
fn each_has_a_key_set_of_its_own() {
    for cache in modes() {
        let clock = MovableClock::new();
        let keys = MovableKeys::new(&[("k", SEED)]);
        let verifier = both(builder_on(&keys, &clock, cache), other());
        let ours = token(&json!({}));
        let theirs = token(&json!({"iss": OTHER}));
        accept(&verifier, &ours);
        let auth = accept(&verifier, &theirs);
        keys.set(Some(key_set(&[("k", 8)])));
        assert_eq!(refusal(&verifier, &ours), ErrorKind::Signature);
        assert!(is_hit(&verifier, &theirs, &auth));
        keys.set(None);
        assert_eq!(refusal(&verifier, &ours), ErrorKind::KeysUnavailable);
        assert!(is_hit(&verifier, &theirs, &auth));
    }
}

#[test]
fn each_has_a_leeway_of_its_own() {
    for cache in modes() {
        let clock = MovableClock::new();
        let keys = MovableKeys::new(&[("k", SEED)]);
        let first = builder_on(&keys, &clock, cache).with_leeway(0);
        let verifier = both(first, other().with_leeway(10));
        let ours = token(&json!({}));
        let theirs = token(&json!({"iss": OTHER}));
        accept(&verifier, &ours);
        let auth = accept(&verifier, &theirs);
        clock.set(NOW + 69);
        assert_eq!(refusal(&verifier, &ours), ErrorKind::Expired);
        assert!(is_hit(&verifier, &theirs, &auth));
    }
}

#[test]
fn several_share_nothing_with_the_verifiers_they_are_made_of() {
    for cache in modes() {
        let ours = token(&json!({}));
        let first = builder().with_token_cache(cache).build().unwrap();
        let auth = accept(&first, &ours);
        let all = [first.clone(), other().build().unwrap()];
        let verifier = Verifier::any_of(all).unwrap();
        assert_eq!(table(&verifier).len(), 0);
        assert!(!is_hit(&verifier, &ours, &auth));
        accept(&verifier, &token(&json!({"jti": "2"})));
        assert_eq!((table(&first).len(), table(&verifier).len()), (1, 2));
    }
}

/// A header that one verifier takes is known to this one only, though both have the same keys.
#[test]
fn a_known_header_is_judged_by_the_rules_of_each() {
    let keys = Arc::new(StaticKeys::from_jwks(&jwks()).unwrap());
    let on = |issuer: &str| {
        Verifier::builder(issuer)
            .separated_by(Separator::session_id())
            .with_keys(Arc::clone(&keys))
            .with_clock(Still)
    };
    let of = |issuer: &str| {
        let parameters = json!({"cat": "machine"});
        token_under(&parameters, &json!({"iss": issuer}))
    };
    let lax = on(OTHER).build().unwrap();
    let picky = |issuer| on(issuer).with_categories(["session"]).build().unwrap();
    accept(&lax, &of(OTHER));
    assert_eq!(refusal(&picky(OTHER), &of(OTHER)), ErrorKind::Category);
    let all = Verifier::any_of([lax, picky(ISSUER)]).unwrap();
    for _ in 0..2 {
        accept(&all, &of(OTHER));
        assert_eq!(refusal(&all, &of(ISSUER)), ErrorKind::Category);
    }
}

/// What one verifier took is no word to another that shares its keys and not its rules.
#[test]
fn a_remembered_token_is_judged_by_the_rules_of_each() {
    let keys = Arc::new(StaticKeys::from_jwks(&jwks()).unwrap());
    let on = |audience: &str| {
        Verifier::builder(ISSUER)
            .separated_by(Separator::session_id())
            .with_keys(Arc::clone(&keys))
            .with_clock(Still)
            .with_audience(audience)
            .with_token_cache(TokenCache::new())
            .build()
            .unwrap()
    };
    let token = token(&json!({"aud": "a"}));
    accept(&on("a"), &token);
    assert_eq!(refusal(&on("b"), &token), ErrorKind::Audience);
}
