//! One request through a service of actix-web.

use std::hint::black_box;

use actas_actix::{Auth, AuthLayer, Verified};
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, HOST, HeaderName,
    HeaderValue, ORIGIN, REFERER, USER_AGENT,
};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpServer, web};

use crate::axum_apps::announce;
use crate::case::Setup;
use crate::fixture::USER;
use crate::mode::Mode;
use crate::op::{Op, now};
use crate::token::over;

/// Serves the case of a setup until the process ends.
pub(crate) type Serve = fn(&Setup);

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
    (ORIGIN, "https://app.example.com"),
    (CACHE_CONTROL, "no-cache"),
];

/// Builds a request, calls the service, and drops what it answers.
pub(crate) fn calls<T, B>(app: App<T>, tokens: &[String]) -> Op
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let service = now(init_service(app));
    let others = HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value)));
    let credential = |token| {
        HeaderValue::from_maybe_shared(web::Bytes::from(format!("Bearer {token}"))).unwrap()
    };
    over(tokens.iter().map(credential).collect(), move |credential| {
        let mut request = TestRequest::get();
        for (name, value) in &others {
            request = request.insert_header((name.clone(), value.clone()));
        }
        let request = request
            .insert_header((AUTHORIZATION, credential.clone()))
            .to_request();
        let response = now(service.call(request)).unwrap();
        assert_eq!(response.status(), 200);
        black_box(response);
    })
}

/// Serves what `app` makes on a free port of the loopback interface, with two workers, and prints where, and a token.
pub(crate) fn serve<T, B>(app: impl Fn() -> App<T> + Clone + Send + 'static, tokens: &[String])
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(app)
            .workers(2)
            .bind(("127.0.0.1", 0))
            .unwrap();
        announce(server.addrs()[0], tokens);
        server.run().await.unwrap();
    });
}

async fn anyone() -> String {
    USER.to_owned()
}

async fn of_layer(auth: Auth) -> String {
    auth.user_id.as_str().to_owned()
}

async fn of_extractor(auth: Verified) -> String {
    auth.user_id.as_str().to_owned()
}

pub(crate) fn none_op(setup: &Setup) -> Op {
    calls(
        App::new().route("/", web::get().to(anyone)),
        &setup.issued.tokens,
    )
}

pub(crate) fn none_serve(setup: &Setup) {
    serve(
        || App::new().route("/", web::get().to(anyone)),
        &setup.issued.tokens,
    );
}

/// The control: middleware that does nothing.
pub(crate) fn noop_op(setup: &Setup) -> Op {
    let app = App::new()
        .route("/", web::get().to(anyone))
        .wrap(from_fn(pass));
    calls(app, &setup.issued.tokens)
}

pub(crate) fn noop_serve(setup: &Setup) {
    let app = || {
        App::new()
            .route("/", web::get().to(anyone))
            .wrap(from_fn(pass))
    };
    serve(app, &setup.issued.tokens);
}

async fn pass<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    next.call(request).await
}

pub(crate) fn actas_extractor_op(setup: &Setup, mode: Mode) -> Op {
    let app = App::new()
        .app_data(mode.verifier(setup))
        .route("/", web::get().to(of_extractor));
    calls(app, mode.tokens(setup))
}

pub(crate) fn actas_extractor_serve(setup: &Setup, mode: Mode) {
    let verifier = mode.verifier(setup);
    let app = move || {
        App::new()
            .app_data(verifier.clone())
            .route("/", web::get().to(of_extractor))
    };
    serve(app, mode.tokens(setup));
}

pub(crate) fn actas_op(setup: &Setup, mode: Mode) -> Op {
    let layer = AuthLayer::new(mode.verifier(setup));
    calls(
        App::new().route("/", web::get().to(of_layer)).wrap(layer),
        mode.tokens(setup),
    )
}

pub(crate) fn actas_serve(setup: &Setup, mode: Mode) {
    let verifier = mode.verifier(setup);
    let app = move || {
        let layer = AuthLayer::new(verifier.clone());
        App::new().route("/", web::get().to(of_layer)).wrap(layer)
    };
    serve(app, mode.tokens(setup));
}
