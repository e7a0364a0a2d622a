//! Tokens taken apart and put together otherwise, without their keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(crate) fn header_of(token: &str) -> Value {
    serde_json::from_slice(&decoded(parts(token)[0])).unwrap()
}

pub(crate) fn kid_of(token: &str) -> String {
    header_of(token)["kid"].as_str().unwrap().to_owned()
}

pub(crate) fn claims_of(token: &str) -> Value {
    serde_json::from_slice(&decoded(parts(token)[1])).unwrap()
}

/// Other claims beneath the same signature.
pub(crate) fn with_claims(token: &str, claims: &Value) -> String {
    let [header, _, signature] = parts(token);
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{header}.{claims}.{signature}")
}

/// The same claims above another signature.
pub(crate) fn with_signature(token: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let [header, claims, signature] = parts(token);
    let mut signature = decoded(signature);
    change(&mut signature);
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// An unsecured JWS (RFC 7515 §A.5).
pub(crate) fn with_algorithm_none(token: &str) -> String {
    let header = json!({ "alg": "none", "kid": kid_of(token), "typ": "JWT" });
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    format!("{header}.{}.", parts(token)[1])
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<_> = token.split('.').collect();
    parts.try_into().unwrap()
}

fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}
