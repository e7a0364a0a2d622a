use serde_json::{Value, json};

use super::doubles::{MovableClock, MovableKeys, accept, builder_on, key_set, refusal};
use crate::error::ErrorKind;
use crate::test_token::{NOW, SEED, sign_with, token, token_under};
use crate::token_cache::TokenCache;
use crate::verifier::Verifier;

fn on(keys: &MovableKeys) -> Verifier {
    let builder = builder_on(keys, &MovableClock::new(), TokenCache::new());
    builder.without_token_cache().build().unwrap()
}

fn known(verifier: &Verifier) -> usize {
    verifier.inner.judges[0].known_headers.len()
}

fn numbered(number: u8) -> String {
    token_under(&json!({"n": number}), &json!({}))
}

#[test]
fn a_header_leads_to_its_key_without_asking_for_keys() {
    let keys = MovableKeys::new(&[("k", SEED)]);
    let verifier = on(&keys);
    accept(&verifier, &token(&json!({})));
    let asked = keys.asked();
    accept(&verifier, &token(&json!({"jti": "2"})));
    assert_eq!((keys.asked(), known(&verifier)), (asked, 1));
}

#[test]
fn a_header_without_a_valid_signature_is_not_kept() {
    let keys = MovableKeys::new(&[("k", SEED)]);
    let verifier = on(&keys);
    let header = |name: &str, value: Value| {
        let mut header = json!({"alg": "EdDSA", "kid": "k"});
        header[name] = value;
        header
    };
    for (header, kind) in [
        (header("n", 1.into()), ErrorKind::Signature),
        (header("kid", "other".into()), ErrorKind::UnknownKey),
        (header("alg", "RS256".into()), ErrorKind::UnknownKey),
        (header("crit", json!(["x"])), ErrorKind::Critical),
    ] {
        let forged = sign_with(8, &header, b"{}");
        assert_eq!(refusal(&verifier, &forged), kind);
        assert_eq!(known(&verifier), 0);
    }
}

/// The issuer has signed the header, whatever becomes of the claims.
#[test]
fn a_header_with_a_valid_signature_is_kept() {
    let keys = MovableKeys::new(&[("k", SEED)]);
    let verifier = on(&keys);
    let over = token(&json!({"exp": NOW - 60}));
    assert_eq!(refusal(&verifier, &over), ErrorKind::Expired);
    assert_eq!(known(&verifier), 1);
    let forged = token(&json!({})) + "AAAA";
    assert_eq!(refusal(&verifier, &forged), ErrorKind::Signature);
}

#[test]
fn no_more_than_eight_are_kept_and_the_ninth_passes_all_the_same() {
    let keys = MovableKeys::new(&[("k", SEED)]);
    let verifier = on(&keys);
    for number in 0..20 {
        accept(&verifier, &numbered(number));
        accept(&verifier, &numbered(number));
        assert_eq!(known(&verifier), usize::from(number + 1).min(8));
    }
    accept(&verifier, &numbered(0));
}

#[tokio::test]
async fn a_header_that_comes_again_during_a_fetch_is_kept_once() {
    let keys = MovableKeys::default();
    keys.set_fetched(Some(key_set(&[("k", SEED)])));
    let verifier = on(&keys);
    for jti in ["1", "2"] {
        let token = token(&json!({"jti": jti}));
        verifier.verify(&token).await.unwrap();
        assert_eq!(known(&verifier), 1);
    }
}

#[test]
fn a_new_key_set_clears_them() {
    let keys = MovableKeys::new(&[("k", SEED)]);
    let verifier = on(&keys);
    for number in 0..8 {
        accept(&verifier, &numbered(number));
    }
    keys.set(Some(key_set(&[("k", SEED)])));
    accept(&verifier, &numbered(9));
    assert_eq!(known(&verifier), 1);
    keys.set(Some(key_set(&[("k", 8)])));
    for number in [0, 9] {
        assert_eq!(refusal(&verifier, &numbered(number)), ErrorKind::Signature);
    }
}

#[test]
fn a_header_is_known_byte_by_byte() {
    let keys = MovableKeys::new(&[("k", SEED), ("K", 8)]);
    let verifier = on(&keys);
    accept(&verifier, &token(&json!({})));
    let other = token_under(&json!({"kid": "K"}), &json!({}));
    assert_eq!(refusal(&verifier, &other), ErrorKind::Signature);
    let other = sign_with(
        8,
        &json!({"alg": "EdDSA", "kid": "K", "typ": "JWT"}),
        json!({"iss": crate::test_token::ISSUER, "sub": "user_8", "sid": "s", "exp": NOW + 60})
            .to_string()
            .as_bytes(),
    );
    assert_eq!(accept(&verifier, &other).user_id, "user_8");
}
