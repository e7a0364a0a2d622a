//! What comes across between actix-web and a router of axum.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actas_tower::axum::Auth;
use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{any, get, post};
use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::{Around, Hands, Issuer, Mount, connect, get as ask, request, send};

const MEGABYTE: u64 = 1024 * 1024;

/// What may be under way of a body: what the sockets, hyper and actix-web hold, each way.
const UNDER_WAY: u64 = 2 * MEGABYTE;

fn served(router: Router) -> SocketAddr {
    Mount::Actix.serve(router, Around::Nothing)
}

#[tokio::test]
async fn a_body_is_streamed_both_ways_and_held_back() {
    const CHUNK: usize = 8 * 1024;
    const LENGTH: u64 = 10 * MEGABYTE;

    let echo = post(|request: Request| async { Response::new(request.into_body()) });
    let address = served(Router::new().route("/echo", echo));

    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let chunks = (0..LENGTH / CHUNK as u64).map(move |number| {
        counted.fetch_add(CHUNK as u64, Ordering::Relaxed);
        Ok::<_, Infallible>(Bytes::from(vec![number.to_le_bytes()[0]; CHUNK]))
    });
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let request = request("POST", "/admin/echo").body(body).unwrap();

    let mut sender = connect(address).await;
    let answer = sender.send_request(request).await.unwrap();
    let mut body = answer.into_body();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        for byte in frame.unwrap().into_data().unwrap() {
            let expected = (received / CHUNK as u64).to_le_bytes()[0];
            assert_eq!(byte, expected, "byte {received}");
            received += 1;
        }
        // A reader that is slower than the writer.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let under_way = sent.load(Ordering::Relaxed) - received;
        assert!(under_way <= UNDER_WAY, "{under_way} bytes are held");
    }
    assert_eq!(received, LENGTH);
}

#[tokio::test]
async fn each_value_of_a_header_comes_across() {
    let values = any(|request: Request| async move {
        let values = request.headers().get_all("x-value").iter();
        let values: Vec<_> = values.map(|value| value.as_bytes().to_vec()).collect();
        let method = request.method().to_string();
        let cookies = AppendHeaders([(SET_COOKIE, "a=1"), (SET_COOKIE, "b=2")]);
        (cookies, [("x-method", method)], values.join(&b'|')).into_response()
    });
    let address = served(Router::new().route("/values", values));

    let value = http::HeaderValue::from_bytes(b"\xff\xfe").unwrap();
    let request = request("PROPFIND", "/admin/values")
        .header("x-value", "1")
        .header("x-value", value)
        .header("x-value", "1");
    let answer = send(address, request.body(Body::empty()).unwrap()).await;
    assert_eq!(&*answer.body, b"1|\xff\xfe|1");
    assert_eq!(answer.header("set-cookie"), "a=1, b=2");
    assert_eq!(answer.header("x-method"), "PROPFIND");
    assert_eq!(answer.header("content-length"), "6");
}

#[tokio::test]
async fn the_path_is_the_one_below_the_prefix() {
    let uris = get(
        |OriginalUri(original): OriginalUri, request: Request| async move {
            format!("{original} {}", request.uri())
        },
    );
    let router = Router::new()
        .route("/", uris.clone())
        .route("/users/{id}", uris.clone())
        .fallback(uris);
    let address = served(router);
    for (path, expected) in [
        ("/admin", "/admin /"),
        ("/admin/", "/admin/ /"),
        ("/admin?q=1", "/admin?q=1 /?q=1"),
        (
            "/admin/users/7?q=%20",
            "/admin/users/7?q=%20 /users/7?q=%20",
        ),
        ("/%61dmin/us%65rs/%2F", "/%61dmin/us%65rs/%2F /us%65rs/%2F"),
        ("/admin//users", "/admin//users //users"),
    ] {
        let answer = ask(address, path, None).await;
        assert_eq!(answer.text(), expected);
    }
    let answer = ask(address, "/administrator", None).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.text(), "");
}

#[tokio::test]
async fn statuses_and_lengths_stay() {
    let router = Router::new()
        .route("/text", get(|| async { "text" }))
        .route("/none", get(|| async { http::StatusCode::NO_CONTENT }))
        .route(
            "/odd",
            get(|| async { http::StatusCode::from_u16(799).unwrap() }),
        );
    let address = served(router);

    let head = request("HEAD", "/admin/text").body(Body::empty());
    let answer = send(address, head.unwrap()).await;
    assert_eq!(answer.header("content-length"), "4");
    assert_eq!(answer.text(), "");

    for (path, status, length) in [("/none", 204, ""), ("/odd", 799, "0"), ("/text", 200, "4")] {
        let answer = ask(address, &format!("/admin{path}"), None).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-length"), length, "{path}");
    }
    let post = request("POST", "/admin/text").body(Body::empty());
    let answer = send(address, post.unwrap()).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn the_session_comes_across() {
    let who = get(|auth: Option<Auth>| async move {
        auth.map_or("nobody".to_owned(), |auth| auth.user_id.to_string())
    });
    let router = Router::new().route("/who", who);
    let issuer = Issuer::new("https://issuer.example", &Hands::new());
    let token = issuer.direct("user_1");

    for mount in Mount::ALL {
        let who = |around: Around, token: Option<String>| {
            let address = mount.serve(router.clone(), around);
            async move { ask(address, "/admin/who", token.as_deref()).await }
        };
        let optional = Around::Optional(issuer.verifier());
        let required = Around::Required(issuer.verifier());

        let answer = who(optional.clone(), Some(token.clone())).await;
        assert_eq!(answer.text(), "user_1", "{mount:?}");
        assert_eq!(who(optional, None).await.text(), "nobody", "{mount:?}");
        assert_eq!(who(required.clone(), None).await.status, 401, "{mount:?}");
        let answer = who(required, Some(token.clone())).await;
        assert_eq!(answer.text(), "user_1", "{mount:?}");
        let answer = who(Around::Nothing, Some(token.clone())).await;
        assert_eq!(answer.status, 500, "{mount:?}");
        assert_eq!(answer.json()["code"], "missing_layer", "{mount:?}");
    }
}

/// Bodies that a test writes, chunk by chunk.
fn events() -> (Router, mpsc::Receiver<mpsc::Sender<Bytes>>) {
    let (bodies, opened) = mpsc::channel(1);
    let route = get(move || async move {
        let (sender, chunks) = mpsc::channel::<Bytes>(1);
        bodies.send(sender).await.unwrap();
        let chunks = futures_util::stream::unfold(chunks, |mut chunks| async {
            let chunk = chunks.recv().await?;
            Some((Ok::<_, Infallible>(chunk), chunks))
        });
        let headers = [(CONTENT_TYPE, "text/event-stream")];
        (headers, Body::from_stream(chunks.boxed())).into_response()
    });
    (Router::new().route("/events", route), opened)
}

#[tokio::test]
async fn a_chunk_arrives_before_the_body_ends() {
    let (router, mut opened) = events();
    let address = served(router);
    let mut sender = connect(address).await;
    let request = request("GET", "/admin/events").body(Body::empty());
    let answer = sender.send_request(request.unwrap()).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");

    let events = opened.recv().await.unwrap();
    let mut body = answer.into_body();
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        events.send(Bytes::from(event)).await.unwrap();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), event);
    }
    drop(events);
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn the_body_of_a_client_that_hung_up_is_dropped() {
    let (router, mut opened) = events();
    let address = served(router);
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"GET /admin/events HTTP/1.1\r\nhost: a\r\n\r\n";
    client.write_all(request).await.unwrap();
    let events = opened.recv().await.unwrap();
    events.send(Bytes::from("data: 1\n\n")).await.unwrap();
    client.read_u8().await.unwrap();
    drop(client);

    // Only what is written shows that nobody reads.
    while events.send(Bytes::from("data: 2\n\n")).await.is_ok() {}
}

#[tokio::test]
async fn a_handler_whose_client_hung_up_is_dropped() {
    let (started, mut running) = mpsc::channel(1);
    let route = get(move || async move {
        let (alive, dropped) = mpsc::channel::<()>(1);
        started.send(dropped).await.unwrap();
        std::future::pending::<()>().await;
        drop(alive);
    });
    let address = served(Router::new().route("/wait", route));
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"GET /admin/wait HTTP/1.1\r\nhost: a\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut dropped = running.recv().await.unwrap();
    client.set_zero_linger().unwrap();
    drop(client);
    assert!(dropped.recv().await.is_none());
}

#[tokio::test]
async fn half_a_body_is_not_the_whole() {
    let (told, mut heard) = mpsc::channel(1);
    let route = post(move |body: Body| async move {
        let whole = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        told.send(whole.map_err(|error| error.to_string()))
            .await
            .unwrap();
    });
    let address = served(Router::new().route("/upload", route));
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"POST /admin/upload HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf";
    client.write_all(request).await.unwrap();
    drop(client);
    let heard = heard.recv().await.unwrap();
    assert_eq!(heard.unwrap_err(), "the request's body broke off");
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_keep_the_answer_back() {
    let route = post(|body: Body| async {
        drop(body);
        "enough"
    });
    let address = served(Router::new().route("/upload", route));
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"POST /admin/upload HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf";
    client.write_all(request).await.unwrap();
    let mut answer = [0; 15];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}
