use serde_json::{Value, json};

use super::doubles::{MovableClock, MovableKeys, builder_on, modes, refusal, table};
use crate::error::ErrorKind;
use crate::separator::Separator;
use crate::test_request::TestRequest;
use crate::test_token::{NOW, SEED, builder, sign, sign_with, token, token_under};
use crate::token_cache::TokenCache;
use crate::verifier::Verifier;

fn strict(cache: TokenCache) -> Verifier {
    builder()
        .with_max_token_bytes(2000)
        .with_categories(["session"])
        .with_authorized_parties(["https://app.example"])
        .with_audience("api")
        .with_session_id_required(true)
        .add_separator(Separator::claim_is("typ", "Bearer"))
        .with_token_cache(cache)
        .build()
        .unwrap()
}

fn good() -> Value {
    json!({"aud": "api", "azp": "https://app.example", "typ": "Bearer"})
}

fn with(name: &str, value: impl Into<Value>) -> String {
    let mut claims = good();
    claims[name] = value.into();
    token(&claims)
}

fn under(name: &str, value: impl Into<Value>) -> String {
    let mut parameters = json!({});
    parameters[name] = value.into();
    token_under(&parameters, &good())
}

/// A token for each rule, which breaks this one alone.
fn refused() -> Vec<(ErrorKind, String)> {
    let header = json!({"alg": "EdDSA", "kid": "k"});
    let other_key = sign_with(8, &header, good().to_string().as_bytes());
    vec![
        (ErrorKind::TooLarge, with("padding", "x".repeat(2000))),
        (ErrorKind::Form, token(&good()) + "="),
        (ErrorKind::Header, under("kid", 1)),
        (ErrorKind::Algorithm, under("alg", "RS512")),
        (ErrorKind::TokenType, under("typ", "at+jwt")),
        (ErrorKind::Critical, under("crit", vec!["exp"])),
        (ErrorKind::Category, under("cat", "template")),
        (ErrorKind::UnknownKey, under("kid", "other")),
        (ErrorKind::Signature, other_key),
        (ErrorKind::Claims, sign(&header, b"[]")),
        (ErrorKind::Issuer, with("iss", "https://other.example")),
        (ErrorKind::Expired, with("exp", NOW - 5)),
        (ErrorKind::NotYetValid, with("nbf", NOW + 6)),
        (ErrorKind::IssuedInFuture, with("iat", NOW + 6)),
        (ErrorKind::Audience, with("aud", "other")),
        (
            ErrorKind::AuthorizedParty,
            with("azp", "https://evil.example"),
        ),
        (ErrorKind::Subject, with("sub", "")),
        (ErrorKind::SessionId, with("sid", Value::Null)),
        (ErrorKind::NotASession, with("typ", "ID")),
        (ErrorKind::SessionPending, with("sts", "pending")),
        (ErrorKind::Actor, with("act", json!({}))),
    ]
}

#[test]
fn only_what_passed_every_check_is_remembered() {
    for cache in modes() {
        let verifier = strict(cache);
        // The second round finds the headers known.
        for _ in 0..2 {
            for (kind, token) in refused() {
                assert_eq!(refusal(&verifier, &token), kind);
                assert_eq!(refusal(&verifier, &token), kind);
                assert_eq!(table(&verifier).len(), 0, "{kind:?}");
            }
        }
        assert!(verifier.verify(&token(&good())).now().is_ok());
        assert_eq!(table(&verifier).len(), 1);
    }
}

#[test]
fn an_unknown_issuer_is_refused_each_time() {
    for cache in modes() {
        let other = Verifier::builder("https://other.example")
            .separated_by(Separator::session_id())
            .with_keys(MovableKeys::new(&[("k", SEED)]));
        let verifiers = [
            builder().with_token_cache(cache).build().unwrap(),
            other.build().unwrap(),
        ];
        let both = Verifier::any_of(verifiers).unwrap();
        let third = token(&json!({"iss": "https://third.example"}));
        for _ in 0..2 {
            assert_eq!(refusal(&both, &third), ErrorKind::UnknownIssuer);
            assert_eq!(table(&both).len(), 0);
        }
    }
}

#[test]
fn without_keys_or_time_nothing_is_remembered() {
    for cache in modes() {
        let (keys, clock) = (MovableKeys::default(), MovableClock::new());
        let verifier = builder_on(&keys, &clock, cache).build().unwrap();
        let token = token(&json!({}));
        let refused_twice = |kind: ErrorKind| {
            for _ in 0..2 {
                assert_eq!(refusal(&verifier, &token), kind);
                assert_eq!(table(&verifier).len(), 0);
            }
        };
        refused_twice(ErrorKind::KeysUnavailable);
        keys.set(Some(super::doubles::key_set(&[("k", SEED)])));
        clock.break_down();
        refused_twice(ErrorKind::ClockUnavailable);
    }
}

#[tokio::test]
async fn what_fetched_keys_refuse_is_not_remembered() {
    for cache in modes() {
        let (keys, clock) = (MovableKeys::default(), MovableClock::new());
        keys.set_fetched(Some(super::doubles::key_set(&[("k", SEED)])));
        let verifier = builder_on(&keys, &clock, cache).build().unwrap();
        for token in [
            token(&json!({"exp": NOW - 5})),
            token_under(&json!({"kid": "other"}), &json!({})),
            token(&json!({})) + "AAAA",
        ] {
            for _ in 0..2 {
                assert!(verifier.verify(&token).await.is_err());
                assert_eq!(table(&verifier).len(), 0);
            }
        }
        assert_eq!(keys.fetches(), 6);
    }
}

#[test]
fn a_request_from_another_site_leaves_nothing_behind() {
    for cache in modes() {
        let builder = builder().with_cookie_names(["__session"]);
        let verifier = builder.with_token_cache(cache).build().unwrap();
        let request = TestRequest::new("POST")
            .with_header("host", "api.example")
            .with_header("origin", "https://evil.example")
            .with_header("cookie", format!("__session={}", token(&json!({}))));
        for _ in 0..2 {
            let error = verifier.authenticate(&request).now().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CrossSite);
            assert_eq!(table(&verifier).len(), 0);
        }
    }
}

#[test]
fn a_credential_that_is_no_token_is_malformed_each_time() {
    for cache in modes() {
        let verifier = builder().with_token_cache(cache).build().unwrap();
        let token = token(&json!({}));
        assert!(verifier.verify(&token).now().is_ok());
        for credential in ["", &format!("{token} x"), &format!("{token}\u{e9}")] {
            let request = TestRequest::new("GET")
                .with_header("authorization", format!("Bearer {credential}"));
            for _ in 0..2 {
                let error = verifier.authenticate(&request).now().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::MalformedCredential);
            }
        }
        assert_eq!(table(&verifier).len(), 1);
    }
}
