//! An issuer, its tokens, and a service to protect.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actas_core::{
    Auth, Error, KeyFuture, KeySet, KeySource, Separator, SignedOut, StaticKeys, Verifier,
    VerifierBuilder, WantedKey, WithKeys,
};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::watch;

const ISSUER: &str = "https://issuer.example";
/// Within the year 9999, and beyond the life of this test.
const FAR: u64 = 32_503_680_000;

pub(crate) fn builder(keys: impl KeySource + 'static) -> VerifierBuilder<WithKeys> {
    Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(keys)
}

pub(crate) struct Issuer {
    key: Ed25519KeyPair,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self {
            key: Ed25519KeyPair::generate().unwrap(),
        }
    }

    pub(crate) fn jwks(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "1", "x": x });
        json!({ "keys": [key] }).to_string()
    }

    pub(crate) fn verifier(&self) -> Verifier {
        builder(StaticKeys::from_jwks(&self.jwks()).unwrap())
            .build()
            .unwrap()
    }

    /// A token of `user_1` in which nobody acts.
    pub(crate) fn direct(&self) -> String {
        self.sign(&json!({}))
    }

    /// A token in which `admin_1` acts as `user_1`.
    pub(crate) fn impersonated(&self) -> String {
        self.sign(&json!({ "act": { "sub": "admin_1" } }))
    }

    /// A token in which an agent acts as `user_1`.
    pub(crate) fn agent(&self) -> String {
        self.sign(&json!({ "act": { "sub": "agent_1", "type": "agent" } }))
    }

    fn sign(&self, more: &Value) -> String {
        let mut claims = json!({ "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "exp": FAR });
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

/// Keys that are not there until the gate opens.
#[derive(Debug)]
pub(crate) struct ColdKeys {
    arrival: watch::Receiver<Option<Result<Arc<KeySet>, Error>>>,
    asked: Arc<AtomicUsize>,
}

#[derive(Debug)]
pub(crate) struct Gate {
    arrival: watch::Sender<Option<Result<Arc<KeySet>, Error>>>,
    asked: Arc<AtomicUsize>,
}

impl ColdKeys {
    pub(crate) fn new() -> (Self, Gate) {
        let (sender, receiver) = watch::channel(None);
        let asked = Arc::new(AtomicUsize::new(0));
        let keys = Self {
            arrival: receiver,
            asked: Arc::clone(&asked),
        };
        let gate = Gate {
            arrival: sender,
            asked,
        };
        (keys, gate)
    }
}

impl Gate {
    pub(crate) fn open(&self, outcome: Result<&Issuer, Error>) {
        let outcome = outcome.map(|issuer| Arc::new(KeySet::from_json(&issuer.jwks()).unwrap()));
        self.arrival.send(Some(outcome)).unwrap();
    }

    /// How often the keys were waited for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl KeySource for ColdKeys {
    fn current(&self) -> Option<Arc<KeySet>> {
        None
    }

    fn refresh(&self, _: WantedKey<'_>) -> Option<KeyFuture> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut arrival = self.arrival.clone();
        Some(Box::pin(async move {
            // So that a request waits even where the gate stands open.
            tokio::task::yield_now().await;
            let arrived = arrival.wait_for(Option::is_some).await.unwrap();
            arrived.clone().unwrap()
        }))
    }
}

pub(crate) fn request(method: &str, token: Option<&str>) -> Request<String> {
    let mut request = Request::new(String::new());
    *request.method_mut() = method.parse().unwrap();
    if let Some(token) = token {
        let credential = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", credential);
    }
    request
}

/// Says who the request is from.
pub(crate) async fn whoami<B>(request: Request<B>) -> Result<Response<String>, Infallible> {
    let extensions = request.extensions();
    let who = match (extensions.get::<Auth>(), extensions.get::<SignedOut>()) {
        (Some(auth), None) => match &auth.actor {
            Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
            None => auth.user_id.to_string(),
        },
        (None, Some(_)) => "signed out".to_owned(),
        (auth, signed_out) => format!("{auth:?} and {signed_out:?}"),
    };
    Ok(Response::new(who))
}

pub(crate) async fn text<B>(response: Response<B>) -> String
where
    B: http_body::Body<Data = bytes::Bytes>,
    B::Error: std::fmt::Debug,
{
    let collected = response.into_body().collect().await.unwrap();
    String::from_utf8(collected.to_bytes().to_vec()).unwrap()
}

/// The values of a header, joined as a list.
pub(crate) fn header<B>(response: &Response<B>, name: &str) -> String {
    let values = response.headers().get_all(name).iter();
    let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
    values.join(", ")
}
