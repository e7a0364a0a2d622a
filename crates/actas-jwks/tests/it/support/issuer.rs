use actas_core::{Error, ErrorKind, KeySource, Progress, Separator, Verifier};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://issuer.example";
/// Within the year 9999, and beyond the life of this test.
const FAR: u64 = 32_503_680_000;

/// Signs tokens, with one key under any name.
pub(crate) struct Issuer {
    key: Ed25519KeyPair,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self {
            key: Ed25519KeyPair::generate().unwrap(),
        }
    }

    /// The set of these keys.
    pub(crate) fn jwks(&self, kids: &[&str]) -> String {
        let keys: Vec<Value> = kids.iter().map(|kid| self.jwk(kid)).collect();
        json!({ "keys": keys }).to_string()
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x })
    }

    /// A valid token that names this key.
    pub(crate) fn token(&self, kid: &str) -> String {
        let header = json!({ "alg": "EdDSA", "kid": kid, "typ": "JWT" });
        let claims = json!({ "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "exp": FAR });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

pub(crate) fn verifier(keys: impl KeySource + 'static) -> Verifier {
    Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(keys)
        .build()
        .unwrap()
}

/// Whether the token is accepted, however long that takes.
pub(crate) async fn accepts(verifier: &Verifier, token: &str) -> bool {
    verifier.verify(token).await.is_ok()
}

/// Whether the token is accepted without waiting.
pub(crate) fn known(verifier: &Verifier, token: &str) -> bool {
    matches!(verifier.verify(token), Progress::Ready(Ok(_)))
}

/// Why the token is refused: the kind, the status, and the seconds of `Retry-After`.
pub(crate) async fn refusal(verifier: &Verifier, token: &str) -> (ErrorKind, u16, Option<u32>) {
    let error: Error = verifier.verify(token).await.unwrap_err();
    (error.kind(), error.refusal().status(), error.retry_after())
}
