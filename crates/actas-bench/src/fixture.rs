use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Whom every token is about, and what every handler answers.
pub(crate) const USER: &str = "user_2mT9sQeXk4vJbRw7LzYcHn3PfAd";

pub(crate) const ISSUER: &str = "https://clerk.example.com";
pub(crate) const PARTY: &str = "https://app.example.com";
/// Of `ISSUER`, at Clerk.
pub(crate) const PUBLISHABLE_KEY: &str = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k";
/// The audience of Keycloak's tokens.
#[cfg(feature = "peers")]
pub(crate) const AUDIENCE: &str = "account";

/// More than a count of calls asks for where each brings a token not seen before.
const TOKENS: usize = 1024;
const KEYCLOAK_TOKENS: usize = 64;
const LIFE: u64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub const ALL: &'static [Self] = &[Self::Rs256, Self::Es256, Self::EdDsa];
    pub(crate) const RSA: &'static [Self] = &[Self::Rs256];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn file(self, directory: &Path) -> PathBuf {
        directory.join(format!("issued-{}.json", self.name()))
    }

    pub(crate) fn of_actas(self) -> actas_core::Algorithm {
        match self {
            Self::Rs256 => actas_core::Algorithm::Rs256,
            Self::Es256 => actas_core::Algorithm::Es256,
            Self::EdDsa => actas_core::Algorithm::EdDsa,
        }
    }
}

/// What one issuer signed, once for all processes of a run: none of them signs or makes a key while it is measured.
#[derive(Serialize, Deserialize)]
pub(crate) struct Issued {
    pub(crate) jwk: Value,
    /// As aws-lc-rs reads it, in base64url.
    public_key: String,
    /// Clerk's, version 2, with `act`, no two alike.
    pub(crate) tokens: Vec<String>,
    /// Of the same issuer in Keycloak's shape, for the one that takes no other.
    pub(crate) keycloak_tokens: Vec<String>,
}

/// Makes the keys and tokens that the cases are called with, and writes them into a directory.
pub fn prepare(directory: &Path) {
    fs::create_dir_all(directory).unwrap();
    for algorithm in Algorithm::ALL {
        let issued = serde_json::to_vec(&Issued::new(*algorithm)).unwrap();
        fs::write(algorithm.file(directory), issued).unwrap();
    }
}

impl Issued {
    fn new(algorithm: Algorithm) -> Self {
        let signer = Signer::new(algorithm);
        let now = now_in_seconds();
        let sign = |count, claims: fn(usize, u64) -> Value| {
            let token = |index| signer.token(algorithm, &claims(index, now));
            (0..count).map(token).collect()
        };
        Self {
            jwk: signer.jwk(algorithm),
            public_key: BASE64URL.encode(signer.public_key()),
            tokens: sign(TOKENS, session_claims),
            keycloak_tokens: sign(KEYCLOAK_TOKENS, keycloak_claims),
        }
    }

    /// What [`prepare`] wrote, less than a day ago: its tokens expire.
    pub(crate) fn load(directory: &Path, algorithm: Algorithm) -> Self {
        let file = fs::read(algorithm.file(directory)).expect("`actas-bench prepare` goes first");
        serde_json::from_slice(&file).unwrap()
    }

    /// A set of this one key.
    pub(crate) fn jwks(&self) -> String {
        json!({ "keys": [self.jwk] }).to_string()
    }

    pub(crate) fn public_key(&self) -> Vec<u8> {
        BASE64URL.decode(&self.public_key).unwrap()
    }
}

pub(crate) enum Signer {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            Algorithm::Es256 => {
                Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
            }
            Algorithm::EdDsa => Self::Ed(Ed25519KeyPair::generate().unwrap()),
        }
    }

    fn public_key(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Ec(pair) => pair.public_key().as_ref(),
            Self::Ed(pair) => pair.public_key().as_ref(),
        }
    }

    fn jwk(&self, algorithm: Algorithm) -> Value {
        let encode = |bytes: &[u8]| BASE64URL.encode(bytes);
        let mut jwk = match self {
            Self::Rsa(pair) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                let (n, e) = (
                    n.big_endian_without_leading_zero(),
                    e.big_endian_without_leading_zero(),
                );
                json!({ "kty": "RSA", "n": encode(n), "e": encode(e) })
            }
            Self::Ec(_) => {
                let (x, y) = self.public_key()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            Self::Ed(_) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(self.public_key()) })
            }
        };
        jwk["alg"] = algorithm.name().into();
        jwk["kid"] = kid(algorithm).into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// A set of this one key.
    pub(crate) fn jwks(&self, algorithm: Algorithm) -> String {
        json!({ "keys": [self.jwk(algorithm)] }).to_string()
    }

    pub(crate) fn token(&self, algorithm: Algorithm, claims: &Value) -> String {
        let header = json!({ "alg": algorithm.name(), "cat": "cl_B7d4PD111AAA", "kid": kid(algorithm), "typ": "JWT" });
        let signed = [header.to_string(), claims.to_string()]
            .map(|part| BASE64URL.encode(part))
            .join(".");
        let message = signed.as_bytes();
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        };
        format!("{signed}.{}", BASE64URL.encode(signature))
    }
}

fn kid(algorithm: Algorithm) -> String {
    format!("ins_2mT9sQ-{}", algorithm.name())
}

pub(crate) fn now_in_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Clerk's session claims, version 2, of an impersonated session in an organisation.
pub(crate) fn session_claims(index: usize, now: u64) -> Value {
    json!({
        "act": { "iss": "https://dashboard.clerk.com", "sid": "sess_2mTAdminAdminAdminAdminAdmi", "sub": "user_2mTAdminAdminAdminAdminAdmi" },
        "azp": PARTY,
        "exp": now + LIFE,
        "fva": [7, -1],
        "iat": now - 20,
        "iss": ISSUER,
        "jti": format!("{index:020x}"),
        "nbf": now - 30,
        "o": { "id": "org_2mT9sQ", "rol": "admin", "slg": "acme" },
        "sid": "sess_2mT9sRfYl5wKcSx8MaZdIo4QgBe",
        "sts": "active",
        "sub": USER,
        "v": 2
    })
}

fn keycloak_claims(index: usize, now: u64) -> Value {
    json!({
        "exp": now + LIFE,
        "iat": now - 20,
        "jti": format!("onrtac:{index:032x}"),
        "iss": format!("{ISSUER}/realms/acme"),
        "aud": "account",
        "sub": USER,
        "typ": "Bearer",
        "azp": "app",
        "realm_access": { "roles": ["offline_access", "admin"] },
        "resource_access": { "account": { "roles": ["manage-account", "view-profile"] } },
        "scope": "openid profile email",
        "email_verified": true,
        "preferred_username": "user",
        "given_name": "A",
        "family_name": "User",
        "email": "user@example.com"
    })
}
