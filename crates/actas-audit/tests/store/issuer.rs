//! An issuer, its tokens, and a clock that stands where it is put.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actas_audit::AuditLog;
use actas_core::{Auth, Clock, Error, Recording, RequestHead, Separator, StaticKeys, Verifier};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://issuer.example";
/// 2026-11-25T07:00:00Z
pub(crate) const START: u64 = 1_795_590_000;

#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<AtomicU64>);

impl Hands {
    pub(crate) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::Relaxed);
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clock for Hands {
    fn now(&self) -> Option<u64> {
        Some(self.seconds())
    }
}

pub(crate) struct Issuer {
    key: Ed25519KeyPair,
    pub(crate) clock: Hands,
}

/// A method, and what protocol is asked for instead.
pub(crate) struct Head(pub(crate) &'static str, pub(crate) Option<&'static str>);

impl RequestHead for Head {
    fn method(&self) -> &str {
        self.0
    }

    fn target(&self) -> &'static str {
        "/users/7"
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        let upgrade = self.1.filter(|_| name == "upgrade");
        upgrade.map(str::as_bytes).into_iter()
    }

    fn authority(&self) -> Option<&str> {
        None
    }
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self {
            key: Ed25519KeyPair::generate().unwrap(),
            clock: Hands(Arc::new(AtomicU64::new(START))),
        }
    }

    pub(crate) fn verifier(&self, log: &AuditLog) -> Verifier {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        let key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "1", "x": x});
        let keys = StaticKeys::from_jwks(&json!({ "keys": [key] }).to_string()).unwrap();
        Verifier::builder(ISSUER)
            .separated_by(Separator::session_id())
            .with_keys(keys)
            .with_clock(self.clock.clone())
            .with_audit(log.clone())
            .build()
            .unwrap()
    }

    /// A token in which `admin_1` acts as `user_1`, for an hour, with these claims instead or as well.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let mut all = json!({
            "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "act": {"sub": "admin_1"},
            "iat": START, "exp": self.clock.seconds() + 3600,
        });
        let members = claims.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(members);

        let header = json!({"alg": "EdDSA", "kid": "1", "typ": "JWT"}).to_string();
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encode(&header), encode(&all.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// Reserves a request, as an adapter does.
    pub(crate) async fn reserve(
        &self,
        log: &AuditLog,
        method: &'static str,
        claims: &Value,
    ) -> Result<(Auth, Recording), Error> {
        let verifier = self.verifier(log);
        let auth = verifier.verify(&self.token(claims)).now()?;
        let reservation = verifier.reserve(&auth, &Head(method, None), Some("/users/{id}"));
        let (auth, recording) = reservation.expect("somebody acts").await?;
        Ok((auth, recording.expect("it is recorded")))
    }

    /// A request that is answered with 200.
    pub(crate) async fn request(&self, log: &AuditLog, method: &'static str, claims: &Value) {
        let (_, mut recording) = self.reserve(log, method, claims).await.unwrap();
        recording.answered(200);
        recording.complete();
    }
}
