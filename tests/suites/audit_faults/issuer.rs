use actas::{Separator, StaticKeys, Verifier};
use actas_audit::AuditLog;
use actas_tests::{FixedClock, NOW, Signer, Token};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://issuer.example";

/// The issuer of the sessions.
pub(crate) struct Issuer {
    signer: Signer,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self {
            signer: Signer::eddsa("key_1"),
        }
    }

    /// The verifier of an application that keeps its record in `log`.
    pub(crate) fn verifier(&self, log: &AuditLog) -> Verifier {
        Verifier::builder(ISSUER)
            .separated_by(Separator::session_id())
            .with_keys(StaticKeys::from_jwks(&self.signer.jwks()).unwrap())
            .with_clock(FixedClock(NOW))
            .with_audit(log.clone())
            .build()
            .unwrap()
    }

    /// A token of a session in which `admin_1` acts as `user_1`.
    pub(crate) fn impersonated(&self, sid: &str) -> String {
        self.token(sid, &json!({ "sub": "admin_1" }))
    }

    /// A token of a session in which nobody acts.
    pub(crate) fn direct(&self) -> String {
        self.token("sess_direct", &Value::Null)
    }

    fn token(&self, sid: &str, act: &Value) -> String {
        let claims = json!({
            "iss": ISSUER, "sub": "user_1", "sid": sid, "act": act, "iat": NOW, "exp": NOW + 3600,
        });
        Token::new(&self.signer, claims).sign(&self.signer)
    }
}
