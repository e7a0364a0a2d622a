//! jsonwebtoken picks its back end once for the whole process, and panics at the first token when a build enables two.
//! Another dependency of an application can cause that. actas-core must not notice.

use std::panic::catch_unwind;

use actas_core::{Algorithm, Auth, Clock, StaticKeys, Verifier};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation};

const KEYS: &str = include_str!("keys.json");
const RS256: &str = include_str!("rs256.jwt");
const EDDSA: &str = include_str!("eddsa.jwt");
const RSA_PEM: &str = include_str!("rsa.pem");

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Option<u64> {
        Some(1_767_225_605)
    }
}

fn verify(keys: StaticKeys, token: &str) -> Auth {
    // The publishable key of `clerk.acme.example`.
    Verifier::clerk("pk_test_Y2xlcmsuYWNtZS5leGFtcGxlJA")
        .expect("the publishable key is well-formed")
        .with_keys(keys)
        .with_algorithms([Algorithm::Rs256, Algorithm::EdDsa])
        .with_authorized_parties(["https://app.acme.example"])
        .with_clock(Stopped)
        .build()
        .expect("the settings are complete")
        .verify(token)
        .now()
        .expect("the token is valid")
}

#[test]
fn this_build_has_both_back_ends() {
    let decoded = catch_unwind(|| {
        let key = DecodingKey::from_rsa_pem(RSA_PEM.as_bytes()).expect("the key is well-formed");
        let mut validation = Validation::new(jsonwebtoken::Algorithm::RS256);
        validation.validate_exp = false;
        jsonwebtoken::decode::<serde_json::Value>(RS256, &key, &validation).is_ok()
    });
    assert!(
        decoded.is_err(),
        "jsonwebtoken chose a back end: {decoded:?}"
    );
}

#[test]
fn rs256_is_verified_with_a_key_set() {
    let auth = verify(
        StaticKeys::from_jwks(KEYS).expect("the keys are usable"),
        RS256,
    );
    assert_eq!(auth.user_id.as_ref(), "user_1");
    assert!(auth.actor.is_none());
}

#[test]
fn rs256_is_verified_with_a_pem_key() {
    let auth = verify(
        StaticKeys::from_pem(RSA_PEM).expect("the key is usable"),
        RS256,
    );
    assert_eq!(auth.user_id.as_ref(), "user_1");
}

#[test]
fn eddsa_is_verified_with_a_key_set() {
    let auth = verify(
        StaticKeys::from_jwks(KEYS).expect("the keys are usable"),
        EDDSA,
    );
    let actor = auth.actor.as_ref().expect("the session is impersonated");
    assert_eq!(actor.subject.as_ref(), "user_9");
}

/// With `serde_json`'s `arbitrary_precision` on, a number comes to a visitor as a map.
#[test]
fn dates_are_numbers_whatever_serde_json_makes_of_them() {
    let arbitrary: serde_json::Value =
        serde_json::from_str("1.0000000000000000000001").expect("a number");
    assert_eq!(
        arbitrary.to_string(),
        "1.0000000000000000000001",
        "the feature is on"
    );

    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed of 32 bytes");
    let x = URL_SAFE_NO_PAD.encode(key.public_key());
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    let claims = r#"{"iss":"https://clerk.acme.example","sub":"user_1","sid":"sess_1","azp":"https://app.acme.example",
        "exp":1767225660.5,"nbf":1767225600.25,"iat":1767225600,"x":1e3,"act":{"sub":"admin","n":0.5}}"#;
    let signed = [r#"{"alg":"EdDSA"}"#, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));

    let keys = StaticKeys::from_jwk(&jwk).expect("the key is usable");
    let auth = verify(keys, &format!("{signed}.{signature}"));
    assert_eq!(
        (auth.expires_at, auth.issued_at),
        (1_767_225_660, Some(1_767_225_600))
    );
    let actor = auth.actor.as_ref().expect("the session is impersonated");
    assert_eq!(actor.subject.as_ref(), "admin");
    let told = serde_json::to_string(actor).expect("an actor serialises");
    assert_eq!(told, r#"{"n":0.5,"sub":"admin"}"#);
}
