//! What becomes of the record of an impersonated request in an axum application, over sockets where a client matters.

use std::convert::Infallible;
use std::future;
use std::net::SocketAddr;

use actas_core::{AuditEnd, StaticKeys};
use actas_tower::axum::{Auth, Direct, Rejection, Verified};
use actas_tower::{AuthLayer, deny_when_impersonated};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::{Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, ServiceExt};

use crate::sink::{Commit, Records, audited, sink};
use crate::support::{self, Issuer, builder, text};

fn request(method: &str, path: &str, token: &str) -> Request {
    let (mut parts, body) = support::request(method, Some(token)).into_parts();
    parts.uri = path.parse().unwrap();
    Request::from_parts(parts, Body::from(body))
}

async fn me(auth: Auth) -> String {
    auth.user_id.to_string()
}

#[tokio::test]
async fn the_route_is_the_template_and_never_the_path() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let router = || Router::new().nest("/shop", Router::new().route("/users/{id}", get(me)));
    let asked = || {
        request(
            "GET",
            "/shop/users/secret_7?q=secret_8",
            &issuer.impersonated(),
        )
    };

    let layered = router().layer(AuthLayer::new(verifier.clone()));
    assert_eq!(
        text(layered.oneshot(asked()).await.unwrap()).await,
        "user_1"
    );
    let reserved = records.reserved();
    assert_eq!(reserved.route.as_deref(), Some("/shop/users/{id}"));
    assert!(!format!("{reserved:?}").contains("secret"), "{reserved:?}");
    assert_eq!(records.finished().end, AuditEnd::Completed);

    let around = AuthLayer::new(verifier).layer(router());
    assert_eq!(text(around.oneshot(asked()).await.unwrap()).await, "user_1");
    let reserved = records.reserved();
    assert_eq!(reserved.route, None);
    assert!(!format!("{reserved:?}").contains("secret"), "{reserved:?}");
    assert_eq!(records.finished().end, AuditEnd::Completed);
}

#[tokio::test]
async fn guards_of_a_route_and_the_proof_of_a_handler_are_rules() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = Router::new()
        .route("/proof", post(async |_: Direct| ()))
        .route(
            "/guarded",
            post(async || ()).layer(deny_when_impersonated()),
        )
        .layer(AuthLayer::new(verifier));
    for (path, rule) in [("/proof", "direct"), ("/guarded", "deny_when_impersonated")] {
        let asked = request("POST", path, &issuer.impersonated());
        let response = app.clone().oneshot(asked).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        drop(text(response).await);
        let outcome = records.finished();
        assert_eq!(outcome.denied_by, Some(rule));
        assert_eq!(outcome.status, Some(403));
        assert_eq!(outcome.end, AuditEnd::Completed);
    }
}

#[tokio::test]
async fn a_handler_that_goes_on_without_the_proof_was_not_denied() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = Router::new()
        .route("/", post(async |_: Result<Direct, Rejection>| "ran"))
        .layer(AuthLayer::new(verifier));
    let asked = request("POST", "/", &issuer.impersonated());
    assert_eq!(text(app.oneshot(asked).await.unwrap()).await, "ran");
    let outcome = records.finished();
    assert_eq!(outcome.denied_by, None);
    assert_eq!(outcome.reported, ["direct"]);
}

#[tokio::test]
async fn what_verifies_by_itself_takes_no_session_that_is_to_be_recorded() {
    let issuer = Issuer::new();
    let (audited, records) = audited(&issuer);
    for (verifier, status) in [(audited, 500), (issuer.verifier(), 200)] {
        let app = Router::new()
            .route(
                "/",
                get(async |session: Verified| session.user_id.to_string()),
            )
            .with_state(verifier);
        for (token, status) in [(issuer.direct(), 200), (issuer.impersonated(), status)] {
            let asked = request("GET", "/", &token);
            let response = app.clone().oneshot(asked).await.unwrap();
            assert_eq!(response.status(), status);
        }
    }
    assert!(records.nothing_reserved());
}

/// An application on a socket.
async fn serve(issuer: &Issuer) -> (TcpStream, Records) {
    let (verifier, records) = audited(issuer);
    let chunk = || Ok::<_, Infallible>(Bytes::from_static(b"chunk"));
    let app = Router::new()
        .route("/whole", get(me))
        .route("/empty", get(async || StatusCode::NO_CONTENT))
        .route(
            "/stream",
            get(async move || Body::from_stream(stream::iter([chunk(), chunk()]))),
        )
        .route(
            "/announced",
            get(async move || {
                let body = Body::from_stream(stream::iter([chunk(), chunk()]));
                Response::builder()
                    .header("content-length", 10)
                    .body(body)
                    .unwrap()
            }),
        )
        .route(
            "/endless",
            get(async move || {
                let begun = stream::iter([chunk()]).chain(stream::pending());
                Body::from_stream(begun)
            }),
        )
        .route(
            "/panic",
            get(async || assert!(future::pending::<()>().now_or_never().is_some())),
        )
        .layer(AuthLayer::new(verifier));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (TcpStream::connect(address).await.unwrap(), records)
}

async fn send(client: &mut TcpStream, method: &str, path: &str, token: &str) {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_server_sends_responses_to_their_end() {
    let issuer = Issuer::new();
    for (method, path, status) in [
        ("GET", "/whole", 200),
        ("HEAD", "/whole", 200),
        ("GET", "/empty", 204),
        ("GET", "/stream", 200),
        ("GET", "/announced", 200),
        ("HEAD", "/announced", 200),
        ("GET", "/nowhere", 404),
    ] {
        let (mut client, mut records) = serve(&issuer).await;
        send(&mut client, method, path, &issuer.impersonated()).await;
        let outcome = records.next().await;
        assert_eq!(outcome.end, AuditEnd::Completed, "{method} {path}");
        assert_eq!(outcome.status, Some(status), "{method} {path}");
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_an_aborted_request() {
    let issuer = Issuer::new();
    let (mut client, mut records) = serve(&issuer).await;
    send(&mut client, "GET", "/endless", &issuer.impersonated()).await;
    let mut seen = Vec::new();
    while !seen.ends_with(b"chunk\r\n") {
        client.read_buf(&mut seen).await.unwrap();
    }
    assert!(records.nothing_finished());
    drop(client);
    let outcome = records.next().await;
    assert_eq!(outcome.end, AuditEnd::Aborted);
    assert_eq!(outcome.status, Some(200));
}

#[tokio::test]
async fn a_handler_that_panics_under_a_server_leaves_an_aborted_request() {
    let issuer = Issuer::new();
    let (mut client, mut records) = serve(&issuer).await;
    send(&mut client, "GET", "/panic", &issuer.impersonated()).await;
    let outcome = records.next().await;
    assert_eq!(outcome.end, AuditEnd::Aborted);
    assert_eq!(outcome.status, None);
}

#[tokio::test]
async fn the_client_is_told_by_the_connection_and_by_trusted_proxies() {
    let issuer = Issuer::new();
    for (proxies, client) in [(&[][..], "127.0.0.1"), (&["127.0.0.0/8"], "198.51.100.1")] {
        let (sink, mut records) = sink(Commit::Written);
        let keys = StaticKeys::from_jwks(&issuer.jwks()).unwrap();
        let verifier = builder(keys).with_audit(sink);
        let verifier = verifier.with_trusted_proxies(proxies.to_vec());
        let app = Router::new()
            .route("/", get(me))
            .layer(AuthLayer::new(verifier.build().unwrap()))
            .into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut connection = TcpStream::connect(address).await.unwrap();
        let lines = format!("{}\r\nx-forwarded-for: 198.51.100.1", issuer.impersonated());
        send(&mut connection, "GET", "/", &lines).await;
        assert_eq!(records.next().await.end, AuditEnd::Completed);
        assert_eq!(records.reserved().client.unwrap().to_string(), client);
    }
}
