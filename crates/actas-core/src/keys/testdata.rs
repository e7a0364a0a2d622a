//! Keys and signatures over [`MESSAGE`], made with OpenSSL.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

pub(super) const MESSAGE: &[u8] = b"signed by actas";

pub(super) const RSA: &str = include_str!("testdata/rsa.pem");
pub(super) const RSA_PKCS1: &str = include_str!("testdata/rsa_pkcs1.pem");
pub(super) const RSA_1024: &str = include_str!("testdata/rsa_1024.pem");
pub(super) const P256: &str = include_str!("testdata/p256.pem");
pub(super) const P256_COMPRESSED: &str = include_str!("testdata/p256_compressed.pem");
pub(super) const P256_EXPLICIT: &str = include_str!("testdata/p256_explicit.pem");
pub(super) const P384: &str = include_str!("testdata/p384.pem");
pub(super) const P521: &str = include_str!("testdata/p521.pem");
pub(super) const SECP256K1: &str = include_str!("testdata/secp256k1.pem");
pub(super) const ED25519: &str = include_str!("testdata/ed25519.pem");
pub(super) const X25519: &str = include_str!("testdata/x25519.pem");
pub(super) const CERTIFICATE: &str = include_str!("testdata/certificate.pem");

fn key(name: &str) -> Value {
    let keys: Value = serde_json::from_str(include_str!("testdata/keys.json")).unwrap();
    keys[name].clone()
}

/// The key's `kty`, `crv` and parameters, and nothing else.
pub(super) fn jwk(name: &str) -> Value {
    key(name)["jwk"].clone()
}

/// A parameter of the key, decoded.
pub(super) fn parameter(name: &str, parameter: &str) -> Vec<u8> {
    decode(&key(name)["jwk"][parameter])
}

pub(super) fn signature(name: &str, algorithm: &str) -> Vec<u8> {
    decode(&key(name)["signatures"][algorithm])
}

fn decode(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

/// The key with members added; `Value::Null` takes one away.
pub(super) fn jwk_with<const N: usize>(name: &str, members: [(&str, Value); N]) -> Value {
    let mut jwk = jwk(name);
    let object = jwk.as_object_mut().unwrap();
    for (name, value) in members {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.to_owned(), value);
        }
    }
    jwk
}
