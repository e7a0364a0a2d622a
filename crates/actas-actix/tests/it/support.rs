//! An issuer, its tokens, and what is read of a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actas_core::{
    Auth, Clock, Error, KeyFuture, KeySet, KeySource, Separator, SignedOut, StaticKeys, Verifier,
    VerifierBuilder, WantedKey, WithKeys,
};
use actix_web::body::{self, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::test::TestRequest;
use actix_web::{HttpMessage, HttpRequest, rt};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

const ISSUER: &str = "https://issuer.example";
/// Within the year 9999, and beyond the life of this test.
const FAR: u64 = 32_503_680_000;

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
        builder(self.keys()).build().unwrap()
    }

    pub(crate) fn keys(&self) -> StaticKeys {
        StaticKeys::from_jwks(&self.jwks()).unwrap()
    }

    /// A token of `user_1` in which nobody acts.
    pub(crate) fn direct(&self) -> String {
        self.sign(json!({}))
    }

    /// A token in which `admin_1` acts as `user_1`.
    pub(crate) fn impersonated(&self) -> String {
        self.sign(json!({ "act": { "sub": "admin_1" } }))
    }

    /// A token in which an agent acts as `user_1`.
    pub(crate) fn agent(&self) -> String {
        self.sign(json!({ "act": { "sub": "agent_1", "type": "agent" } }))
    }

    /// A token of `user_1` with `more` claims.
    pub(crate) fn sign(&self, more: Value) -> String {
        let mut claims = json!({ "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "exp": FAR });
        let Value::Object(more) = more else {
            panic!("claims are an object");
        };
        claims.as_object_mut().unwrap().extend(more);

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

/// A verifier of the tokens of whichever issuer's keys it is given.
pub(crate) fn builder(keys: impl KeySource + 'static) -> VerifierBuilder<WithKeys> {
    Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_cookie_names(["session"])
        .with_keys(keys)
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
        self.arrival.send_replace(Some(outcome));
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
            rt::task::yield_now().await;
            let arrived = arrival.wait_for(Option::is_some).await.unwrap();
            arrived.clone().unwrap()
        }))
    }
}

/// The runtime's own time, which a test can move.
#[derive(Debug)]
pub(crate) struct RuntimeClock {
    started: Instant,
    epoch: u64,
}

impl RuntimeClock {
    /// A clock that stands at `epoch` now.
    pub(crate) fn at(epoch: u64) -> Self {
        Self {
            started: Instant::now(),
            epoch,
        }
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Option<u64> {
        self.epoch.checked_add(self.started.elapsed().as_secs())
    }
}

pub(crate) fn request(method: &str, path: &str, token: Option<&str>) -> TestRequest {
    let request = TestRequest::with_uri(path).method(method.parse().unwrap());
    match token {
        Some(token) => request.insert_header(("authorization", format!("Bearer {token}"))),
        None => request,
    }
}

/// What a client sees.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// The values of a header, joined as a list.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name);
        let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
        values.join(" + ")
    }

    /// The `code` of the problem body.
    pub(crate) fn code(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let code = problem.get("code").and_then(Value::as_str);
        code.unwrap_or_default().to_owned()
    }
}

/// Sends a request. An error becomes the response that the server would make of it.
pub(crate) async fn send<S, R, B>(app: &S, request: R) -> Seen
where
    S: Service<R, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody + 'static,
{
    let response = match app.call(request).await {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let Ok(body) = body::to_bytes(response.into_body()).await else {
        panic!("the body fails");
    };
    Seen {
        status,
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// Says who the request is from.
pub(crate) async fn whoami(request: HttpRequest) -> String {
    let extensions = request.extensions();
    match (extensions.get::<Auth>(), extensions.get::<SignedOut>()) {
        (Some(auth), None) => match &auth.actor {
            Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
            None => auth.user_id.to_string(),
        },
        (None, Some(_)) => "signed out".to_owned(),
        (auth, signed_out) => format!("{auth:?} and {signed_out:?}"),
    }
}
