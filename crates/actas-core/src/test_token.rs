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

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

/// The set that holds the key under the `kid` `k`.
pub(crate) fn jwks() -> String {
    let x = URL_SAFE_NO_PAD.encode(key().public_key());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}]}).to_string()
}

/// Signs `payload`, whatever it is, under `header`.
pub(crate) fn sign(header: &Value, payload: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key().sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A token with these claims beside the ones that every token needs.
pub(crate) fn token(claims: &Value) -> String {
    let mut all =
        json!({"iss": ISSUER, "sub": "user_1", "sid": "sess_1", "exp": NOW + 60, "iat": NOW});
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    sign(
        &json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"}),
        all.to_string().as_bytes(),
    )
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
