//! What becomes of the record of an impersonated request under a server, whose client may hang up.

use std::convert::Infallible;

use actas_actix::AuthLayer;
use actas_core::{AuditEnd, Verifier};
use actix_web::body::SizedStream;
use actix_web::dev::ServerHandle;
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, HttpServer, rt, web};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::sink::{Commit, audited, sink};
use crate::support::{Issuer, builder, whoami};

fn chunks() -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(["chunk", "chunk"]).map(|chunk| Ok(Bytes::from(chunk)))
}

/// An application on a socket.
async fn serve(verifier: Verifier) -> (TcpStream, ServerHandle) {
    let server = HttpServer::new(move || {
        App::new()
            .route("/whole", web::route().to(whoami))
            .route("/empty", web::get().to(HttpResponse::NoContent))
            .route(
                "/stream",
                web::get().to(async || HttpResponse::Ok().streaming(chunks())),
            )
            .route(
                "/announced",
                web::route().to(async || HttpResponse::Ok().body(SizedStream::new(10, chunks()))),
            )
            .route(
                "/endless",
                web::get().to(async || {
                    let chunks = stream::repeat_with(|| Ok::<_, Infallible>(vec![0; 4096].into()));
                    HttpResponse::Ok().streaming(chunks)
                }),
            )
            .route(
                "/panic",
                web::get().to(async || {
                    assert!(std::future::pending::<()>().now_or_never().is_some());
                    ""
                }),
            )
            .wrap(AuthLayer::new(verifier.clone()))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let address = *server.addrs().first().unwrap();
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);
    (TcpStream::connect(address).await.unwrap(), handle)
}

async fn send(client: &mut TcpStream, method: &str, path: &str, token: &str) {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await.unwrap();
}

#[actix_web::test]
async fn a_server_sends_responses_to_their_end() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    for (method, path, status) in [
        ("GET", "/whole", 200),
        ("HEAD", "/whole", 200),
        ("GET", "/empty", 204),
        ("GET", "/stream", 200),
        ("GET", "/announced", 200),
        ("HEAD", "/announced", 200),
        ("GET", "/nowhere", 404),
    ] {
        let (mut client, server) = serve(verifier.clone()).await;
        send(&mut client, method, path, &issuer.impersonated()).await;
        let outcome = records.next().await;
        assert_eq!(outcome.end, AuditEnd::Completed, "{method} {path}");
        assert_eq!(outcome.status, Some(status), "{method} {path}");
        server.stop(false).await;
    }
}

#[actix_web::test]
async fn a_client_that_hangs_up_leaves_an_aborted_request() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let (mut client, server) = serve(verifier).await;
    send(&mut client, "GET", "/endless", &issuer.impersonated()).await;
    let mut seen = [0; 4096];
    client.read_exact(&mut seen).await.unwrap();
    assert!(records.nothing_finished());
    drop(client);
    let outcome = records.next().await;
    assert_eq!(outcome.end, AuditEnd::Aborted);
    assert_eq!(outcome.status, Some(200));
    server.stop(false).await;
}

#[actix_web::test]
async fn a_handler_that_panics_under_a_server_leaves_an_aborted_request() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let (mut client, server) = serve(verifier).await;
    send(&mut client, "GET", "/panic", &issuer.impersonated()).await;
    let outcome = records.next().await;
    assert_eq!(outcome.end, AuditEnd::Aborted);
    assert_eq!(outcome.status, None);
    server.stop(false).await;
}

#[actix_web::test]
async fn the_client_is_told_by_the_connection_and_by_trusted_proxies() {
    let issuer = Issuer::new();
    for (proxies, client) in [(&[][..], "127.0.0.1"), (&["127.0.0.0/8"], "198.51.100.1")] {
        let (sink, mut records) = sink(Commit::Written);
        let verifier = builder(issuer.keys()).with_audit(sink);
        let verifier = verifier.with_trusted_proxies(proxies.to_vec());
        let (mut connection, server) = serve(verifier.build().unwrap()).await;
        let lines = format!("{}\r\nx-forwarded-for: 198.51.100.1", issuer.impersonated());
        send(&mut connection, "GET", "/whole", &lines).await;
        assert_eq!(records.next().await.end, AuditEnd::Completed);
        assert_eq!(records.reserved().client.unwrap().to_string(), client);
        server.stop(false).await;
    }
}
