use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key that signs nothing but tests.
const RSA: &str = include_str!("../keys/test_only_rsa.pem");

/// An issuer's private key.
pub struct Signer {
    kid: String,
    key: Key,
}

enum Key {
    Rs256(&'static RsaKeyPair),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Signer {
    /// An RSA key, the same at every call.
    #[must_use]
    pub fn rs256(kid: impl Into<String>) -> Self {
        static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
            let base64: String = RSA.lines().filter(|line| !line.starts_with('-')).collect();
            RsaKeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap()
        });
        Self {
            kid: kid.into(),
            key: Key::Rs256(&KEY),
        }
    }

    /// A new key on P-256.
    #[must_use]
    pub fn es256(kid: impl Into<String>) -> Self {
        Self {
            kid: kid.into(),
            key: Key::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
        }
    }

    /// A new Ed25519 key.
    #[must_use]
    pub fn eddsa(kid: impl Into<String>) -> Self {
        Self {
            kid: kid.into(),
            key: Key::EdDsa(Ed25519KeyPair::generate().unwrap()),
        }
    }

    /// The `kid` of its key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The `alg` of its tokens.
    #[must_use]
    pub fn alg(&self) -> &'static str {
        match self.key {
            Key::Rs256(_) => "RS256",
            Key::Es256(_) => "ES256",
            Key::EdDsa(_) => "EdDSA",
        }
    }

    /// The public key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let (kid, alg) = (self.kid(), self.alg());
        match &self.key {
            Key::Rs256(key) => {
                let n = URL_SAFE_NO_PAD
                    .encode(key.public_key().modulus().big_endian_without_leading_zero());
                let e = URL_SAFE_NO_PAD.encode(
                    key.public_key()
                        .exponent()
                        .big_endian_without_leading_zero(),
                );
                json!({ "kty": "RSA", "use": "sig", "alg": alg, "kid": kid, "n": n, "e": e })
            }
            Key::Es256(key) => {
                // An uncompressed point: 4, x, y (SEC 1 §2.3.3).
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
                json!({ "kty": "EC", "crv": "P-256", "alg": alg, "kid": kid, "x": x, "y": y })
            }
            Key::EdDsa(key) => {
                let x = URL_SAFE_NO_PAD.encode(key.public_key());
                json!({ "kty": "OKP", "crv": "Ed25519", "alg": alg, "kid": kid, "x": x })
            }
        }
    }

    /// The public key as a JWK set.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk()] }).to_string()
    }

    /// A token of this header and these claims, byte for byte.
    #[must_use]
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let signed = signing_input(header, claims);
        let signature = match &self.key {
            Key::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    signed.as_bytes(),
                    &mut signature,
                )
                .unwrap();
                signature
            }
            Key::Es256(key) => {
                let signature = key.sign(&SystemRandom::new(), signed.as_bytes());
                signature.unwrap().as_ref().to_vec()
            }
            Key::EdDsa(key) => key.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What the signature of a token signs.
pub(crate) fn signing_input(header: &str, claims: &str) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    )
}
