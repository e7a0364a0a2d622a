use actas_core::{Auth, Direct, Separator, StaticKeys, Verifier};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The issuer of session tokens: a Clerk instance.
pub(crate) const CLERK: &str = "https://clerk.example.com";
/// Within the year 9999, and beyond the life of this test.
const FAR: u64 = 32_503_680_000;

/// Verified callers.
pub(crate) struct Callers {
    key: Ed25519KeyPair,
    verifier: Verifier,
}

impl Callers {
    pub(crate) fn new() -> Self {
        let key = Ed25519KeyPair::generate().unwrap();
        let x = URL_SAFE_NO_PAD.encode(key.public_key());
        let jwks = json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k", "x": x,
        }]});
        let verifier = Verifier::builder(CLERK)
            .separated_by(Separator::session_id())
            .with_keys(StaticKeys::from_jwks(&jwks.to_string()).unwrap())
            .build()
            .unwrap();
        Self { key, verifier }
    }

    /// An admin who is signed in as themselves.
    pub(crate) fn direct(user_id: &str) -> Direct {
        Self::new().session(user_id, None).direct().unwrap()
    }

    /// Who sends a token of this session.
    pub(crate) fn session(&self, user_id: &str, act: Option<&Value>) -> Auth {
        let header = json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"});
        let mut claims = json!({"iss": CLERK, "sub": user_id, "sid": "sess_admin", "exp": FAR});
        if let Some(act) = act {
            claims["act"] = act.clone();
        }
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        let token = format!("{signed}.{signature}");
        self.verifier.verify(&token).now().unwrap()
    }
}
