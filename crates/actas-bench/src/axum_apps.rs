//! One request through a service of axum.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll};

use actas_core::Verifier;
use actas_tower::axum::{Auth, Verified};
use actas_tower::{AuthLayer, AuthService};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, HOST, REFERER,
    USER_AGENT,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tower::make::Shared;
use tower::{Layer, Service, ServiceExt};

use crate::case::Setup;
use crate::fixture::USER;
use crate::mode::Mode;
use crate::op::{Op, now};

/// A service, and what it has to be asked with.
pub(crate) struct App {
    service: AppService,
    tokens: Vec<String>,
}

pub(crate) enum AppService {
    Router(Router),
    /// The layer around the router and not in it.
    Around(AuthService<Router>),
    #[cfg(feature = "peers")]
    Router07(axum07::Router),
}

/// What a browser's script sends beside the token.
const HEADERS: [(HeaderName, &str); 8] = [
    (HOST, "api.example.com"),
    (
        USER_AGENT,
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    ),
    (ACCEPT, "application/json"),
    (ACCEPT_LANGUAGE, "en-GB,en;q=0.8"),
    (ACCEPT_ENCODING, "gzip, deflate, br, zstd"),
    (REFERER, "https://app.example.com/"),
    (HeaderName::from_static("origin"), "https://app.example.com"),
    (CACHE_CONTROL, "no-cache"),
];

impl App {
    pub(crate) fn new(setup: &Setup, service: AppService) -> Self {
        Self {
            service,
            tokens: setup.issued.tokens.clone(),
        }
    }

    fn in_mode(setup: &Setup, mode: Mode, service: AppService) -> Self {
        let tokens = mode.tokens(setup).to_vec();
        Self { service, tokens }
    }

    #[cfg(feature = "peers")]
    pub(crate) fn with_tokens(service: AppService, tokens: Vec<String>) -> Self {
        Self { service, tokens }
    }

    pub(crate) fn op(self) -> Op {
        match self.service {
            // As `axum::serve` does it: else a handler is boxed anew for each request.
            AppService::Router(service) => {
                calls::<_, Body, _>(service.with_state::<()>(()), &self.tokens)
            }
            AppService::Around(service) => calls::<_, Body, _>(service, &self.tokens),
            #[cfg(feature = "peers")]
            AppService::Router07(service) => {
                calls::<_, axum07::body::Body, _>(service, &self.tokens)
            }
        }
    }
}

/// Builds a request, calls the service, and drops what it answers.
fn calls<S, B, C>(mut service: S, tokens: &[String]) -> Op
where
    S: Service<Request<B>, Response = Response<C>, Error = Infallible> + 'static,
    B: Default + 'static,
{
    let credentials = tokens.iter().map(|token| {
        // Shared, as a server's are with the buffer it read: a clone costs one reference count.
        let mut value =
            HeaderValue::from_maybe_shared(Bytes::from(format!("Bearer {token}"))).unwrap();
        value.set_sensitive(true);
        value
    });
    let others = HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value)));
    crate::token::over(credentials.collect(), move |credential| {
        let mut request = Request::new(B::default());
        let headers = request.headers_mut();
        headers.reserve(16);
        for (name, value) in &others {
            headers.insert(name, value.clone());
        }
        headers.insert(AUTHORIZATION, credential.clone());
        now(poll_fn(|context| service.poll_ready(context))).unwrap();
        let Ok(response) = now(service.call(request));
        assert_eq!(response.status(), 200);
        black_box(response);
    })
}

pub(crate) fn none(setup: &Setup) -> App {
    App::new(
        setup,
        AppService::Router(Router::new().route("/", get(anyone))),
    )
}

async fn anyone() -> String {
    USER.to_owned()
}

async fn of_nothing(_: Nothing) -> String {
    USER.to_owned()
}

async fn of_layer(auth: Auth) -> String {
    auth.user_id.as_str().to_owned()
}

async fn of_extractor(auth: Verified) -> String {
    auth.user_id.as_str().to_owned()
}

/// The control: a layer of axum's own kind that does nothing.
pub(crate) fn noop(setup: &Setup) -> App {
    let router = Router::new()
        .route("/", get(anyone))
        .layer(NoOpLayer { insert: None });
    App::new(setup, AppService::Router(router))
}

/// The control: a layer that does nothing but to leave an `Arc` in the extensions, as any authentication must.
pub(crate) fn noop_insert(setup: &Setup) -> App {
    let insert = Some(Arc::new(Anything));
    let router = Router::new()
        .route("/", get(anyone))
        .layer(NoOpLayer { insert });
    App::new(setup, AppService::Router(router))
}

/// The control: an extractor that looks at nothing.
pub(crate) fn noop_extractor(setup: &Setup) -> App {
    let router = Router::new().route("/", get(of_nothing));
    App::new(setup, AppService::Router(router))
}

pub(crate) fn actas_extractor(setup: &Setup, mode: Mode) -> App {
    let state = State {
        verifier: mode.verifier(setup),
    };
    let router = Router::new()
        .route("/", get(of_extractor))
        .with_state(state);
    App::in_mode(setup, mode, AppService::Router(router))
}

pub(crate) fn actas_around(setup: &Setup, mode: Mode) -> App {
    // Where `axum::serve` does not see the router, this is the application's to do.
    let router = Router::new().route("/", get(of_layer)).with_state(());
    let around = AuthLayer::new(mode.verifier(setup)).layer(router);
    App::in_mode(setup, mode, AppService::Around(around))
}

pub(crate) fn actas_layer(setup: &Setup, mode: Mode) -> App {
    let layer = AuthLayer::new(mode.verifier(setup));
    let router = Router::new().route("/", get(of_layer)).layer(layer);
    App::in_mode(setup, mode, AppService::Router(router))
}

#[derive(Clone)]
struct State {
    verifier: Verifier,
}

impl FromRef<State> for Verifier {
    fn from_ref(state: &State) -> Self {
        state.verifier.clone()
    }
}

struct Nothing;

impl<S: Sync> FromRequestParts<S> for Nothing {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

struct Anything;

#[derive(Clone)]
struct NoOpLayer {
    insert: Option<Arc<Anything>>,
}

#[derive(Clone)]
struct NoOpService<S> {
    inner: S,
    insert: Option<Arc<Anything>>,
}

impl<S> Layer<S> for NoOpLayer {
    type Service = NoOpService<S>;

    fn layer(&self, inner: S) -> NoOpService<S> {
        NoOpService {
            inner,
            insert: self.insert.clone(),
        }
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for NoOpService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if let Some(insert) = &self.insert {
            request.extensions_mut().insert(Arc::clone(insert));
        }
        self.inner.call(request)
    }
}

/// Serves what `app` makes on a free port of the loopback interface, with two workers, and prints where, and a token.
pub(crate) fn serve(app: fn(&Setup) -> App, setup: &Setup) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let app = {
        let _inside = runtime.enter();
        app(setup)
    };
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        announce(listener.local_addr().unwrap(), &app.tokens);
        match app.service {
            AppService::Router(router) => axum::serve(listener, router).await.unwrap(),
            AppService::Around(service) => {
                // `axum::serve` takes no other body than axum's own.
                let service = ServiceExt::<Request<Body>>::map_response(service, |response| {
                    response.map(Body::new)
                });
                axum::serve(listener, Shared::new(service)).await.unwrap();
            }
            #[cfg(feature = "peers")]
            AppService::Router07(router) => axum07::serve(listener, router).await.unwrap(),
        }
    });
}

pub(crate) fn announce(address: impl fmt::Display, tokens: &[String]) {
    println!("token {}", tokens[0]);
    println!("listening on http://{address}/");
}
