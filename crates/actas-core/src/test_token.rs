//! Tokens, and the verifier that takes them, for this crate's unit tests.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::keys::StaticKeys;
use crate::separator::Separator;
use crate::session::Auth;
use crate::verifier::{Verifier, VerifierBuilder, WithKeys};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const NOW: u64 = 1_767_225_600;

/// A clock that stands still at [`NOW`].
#[derive(Debug)]
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Option<u64> {
        Some(NOW)
    }
}

/// The seed of the key that signs where none is named.
pub(crate) const SEED: u8 = 7;

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

/// The set that holds the key under the `kid` `k`.
pub(crate) fn jwks() -> String {
    jwks_of(&[("k", SEED)])
}

/// The set that holds the keys of these seeds, each under its `kid`.
pub(crate) fn jwks_of(keys: &[(&str, u8)]) -> String {
    let jwk = |(kid, seed): &(&str, u8)| {
        let x = URL_SAFE_NO_PAD.encode(key(*seed).public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x})
    };
    json!({"keys": keys.iter().map(jwk).collect::<Vec<_>>()}).to_string()
}

/// Signs `payload`, whatever it is, under `header`.
pub(crate) fn sign(header: &Value, payload: &[u8]) -> String {
    sign_with(SEED, header, payload)
}

/// Signs with the key of a seed.
pub(crate) fn sign_with(seed: u8, header: &Value, payload: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key(seed).sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A token with these claims beside the ones that every token needs.
pub(crate) fn token(claims: &Value) -> String {
    token_under(&json!({}), claims)
}

/// As [`token`], and with these parameters in the header.
pub(crate) fn token_under(parameters: &Value, claims: &Value) -> String {
    let mut header = json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"});
    add(&mut header, parameters);
    let mut all =
        json!({"iss": ISSUER, "sub": "user_1", "sid": "sess_1", "exp": NOW + 60, "iat": NOW});
    add(&mut all, claims);
    sign(&header, all.to_string().as_bytes())
}

fn add(object: &mut Value, members: &Value) {
    for (name, value) in members.as_object().unwrap() {
        object[name] = value.clone();
    }
}

pub(crate) fn builder() -> VerifierBuilder<WithKeys> {
    Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&jwks()).unwrap())
        .with_clock(Still)
}

/// The session of a token with these claims beside the ones that every token needs.
pub(crate) fn auth(claims: &Value) -> Auth {
    builder()
        .build()
        .unwrap()
        .verify(&token(claims))
        .now()
        .unwrap()
}
