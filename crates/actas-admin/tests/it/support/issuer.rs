use actas_core::{Separator, StaticKeys, Verifier};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Within the year 9999, and beyond the life of this test.
const FAR: u64 = 32_503_680_000;

pub(crate) struct Issuer {
    key: Ed25519KeyPair,
}

impl Issuer {
    pub(crate) const NAME: &str = "https://issuer.example";

    pub(crate) fn new() -> Self {
        Self {
            key: Ed25519KeyPair::generate().unwrap(),
        }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "1", "x": x });
        let keys = json!({ "keys": [key] }).to_string();
        Verifier::builder(Self::NAME)
            .separated_by(Separator::session_id())
            .with_keys(StaticKeys::from_jwks(&keys).unwrap())
            .build()
            .unwrap()
    }

    /// A token of `user`, who is there in person.
    pub(crate) fn direct(&self, user: &str) -> String {
        self.token(&json!({ "sub": user, "sid": "sess_direct" }))
    }

    /// A token with these claims beside those that every token has.
    pub(crate) fn token(&self, more: &Value) -> String {
        let mut claims = json!({ "iss": Self::NAME, "exp": FAR });
        let members = more.as_object().unwrap().clone();
        claims.as_object_mut().unwrap().extend(members);

        let header = json!({ "alg": "EdDSA", "kid": "1", "typ": "JWT" }).to_string();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}
