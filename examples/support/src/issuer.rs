use actas::{Clock, SystemClock};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// How long a token is valid, in seconds.
const LIFE: u64 = 60 * 60;

/// Stands in for Clerk, or for whoever issues the session tokens of an application.
#[derive(Debug)]
pub struct Issuer {
    key: Ed25519KeyPair,
}

impl Issuer {
    /// `iss` of its tokens.
    pub const NAME: &str = "https://shop.example";
    /// `azp` of its tokens: the origin of the application's front end.
    pub const FRONT_END: &str = "https://app.shop.example";

    /// An issuer with a new key.
    ///
    /// # Errors
    ///
    /// When the machine has no randomness to give.
    pub fn new() -> Result<Self, Unspecified> {
        Ed25519KeyPair::generate().map(|key| Self { key })
    }

    /// The JWK set that it would publish.
    #[must_use]
    pub fn jwks(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "key_1", "x": x });
        json!({ "keys": [key] }).to_string()
    }

    /// New tokens of one user, valid for an hour.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens {
            direct: self.session("user_grace", "sess_grace", json!({})),
            impersonated: self.session(
                "user_grace",
                "sess_support",
                json!({
                    "act": {
                        "iss": "https://dashboard.shop.example",
                        "sub": "admin_ada",
                        "sid": "sess_ada",
                    },
                }),
            ),
            agent: self.session(
                "user_grace",
                "sess_agent",
                json!({ "act": { "sub": "agent_packer", "type": "agent" } }),
            ),
        }
    }

    /// A new token of another user, who has the role `auditor`, valid for an hour.
    #[must_use]
    pub fn auditor(&self) -> String {
        let organization = json!({ "id": "org_shop", "rol": "auditor" });
        self.session(
            "user_vera",
            "sess_vera",
            json!({ "v": 2, "o": organization }),
        )
    }

    fn session(&self, user_id: &str, session_id: &str, more: Value) -> String {
        // Without a clock the tokens have long expired.
        let now = SystemClock.now().unwrap_or_default();
        let mut claims = json!({
            "iss": Self::NAME,
            "azp": Self::FRONT_END,
            "sub": user_id,
            "sid": session_id,
            "iat": now,
            "nbf": now.saturating_sub(10),
            "exp": now.saturating_add(LIFE),
        });
        if let (Value::Object(more), Some(claims)) = (more, claims.as_object_mut()) {
            claims.extend(more);
        }
        self.sign(&claims)
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": "key_1", "typ": "JWT" });
        let [header, claims] =
            [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// Three tokens of one user.
#[derive(Clone)]
pub struct Tokens {
    /// The user is there in person.
    pub direct: String,
    /// An admin acts as the user.
    pub impersonated: String,
    /// An agent acts as the user.
    pub agent: String,
}
