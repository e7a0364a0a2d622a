use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actas_audit::{AuditLog, SessionId};
use actas_core::{Clock, RequestHead, Separator, StaticKeys, Verifier, VerifierBuilder, WithKeys};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// 2026-11-25T07:00:00Z
pub(crate) const START: u64 = 1_795_590_000;

/// A clock that stands where it is put.
#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<AtomicU64>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct Issuer {
    name: &'static str,
    key: Ed25519KeyPair,
    clock: Hands,
}

struct Head(&'static str);

impl RequestHead for Head {
    fn method(&self) -> &str {
        self.0
    }

    fn target(&self) -> &'static str {
        "/users/7"
    }

    fn header(&self, _: &'static str) -> impl Iterator<Item = &[u8]> {
        std::iter::empty()
    }

    fn authority(&self) -> Option<&str> {
        None
    }
}

impl Issuer {
    pub(crate) fn new(name: &'static str, clock: &Hands) -> Self {
        Self {
            name,
            key: Ed25519KeyPair::generate().unwrap(),
            clock: clock.clone(),
        }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        self.builder().build().unwrap()
    }

    fn builder(&self) -> VerifierBuilder<WithKeys> {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "1", "x": x });
        let keys = json!({ "keys": [key] }).to_string();
        Verifier::builder(self.name)
            .separated_by(Separator::session_id())
            .with_keys(StaticKeys::from_jwks(&keys).unwrap())
            .with_clock(self.clock.clone())
    }

    /// A token of `user`, who is there in person.
    pub(crate) fn direct(&self, user: &str) -> String {
        self.token(&json!({ "sub": user, "sid": "sess_direct" }))
    }

    /// A token of `user`, as whom somebody acts.
    pub(crate) fn impersonated(&self, user: &str) -> String {
        self.token(&json!({ "sub": user, "sid": "sess_support", "act": { "sub": "admin_1" } }))
    }

    /// A token with these claims beside those that every token has.
    pub(crate) fn token(&self, more: &Value) -> String {
        let mut claims = json!({ "iss": self.name, "exp": START + 3600 });
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

    /// Has a request recorded, as an adapter does, and says what its session is known by.
    pub(crate) async fn request(
        &self,
        log: &AuditLog,
        method: &'static str,
        claims: &Value,
    ) -> String {
        let verifier = self.builder().with_audit(log.clone()).build().unwrap();
        let auth = verifier.verify(&self.token(claims)).now().unwrap();
        let reservation = verifier.reserve(&auth, &Head(method), Some("/users/{id}"));
        let (auth, recording) = reservation.unwrap().await.unwrap();
        auth.note("invoice", 7);
        let mut recording = recording.unwrap();
        recording.answered(200);
        recording.complete();
        let context = auth.audit_context().unwrap();
        SessionId::of(&(&context).into()).to_string()
    }
}
