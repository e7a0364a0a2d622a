//! Whom to believe.

use actas_core::ErrorKind;
use actas_jwks::RemoteKeys;

use crate::support::{
    Answer, Issuer, ManualTicks, Recorder, Server, accepts, refusal, self_signed, verifier,
};

/// A server with a certificate for this name that nobody signed but itself, and the certificate.
fn server(name: &str, answer: Answer) -> (Server, String) {
    let (acceptor, certificate) = self_signed(name);
    (Server::with_tls(answer, acceptor), certificate)
}

#[tokio::test]
async fn an_untrusted_certificate_is_an_outage() {
    let issuer = Issuer::new();
    let (server, _) = server("localhost", Answer::ok(issuer.jwks(&["a"])));
    let recorder = Recorder::start();
    let verifier = verifier(RemoteKeys::from_url(server.url()).with_ticks(ManualTicks::default()));
    let (kind, status, _) = refusal(&verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
    assert_eq!(recorder.outcomes(), ["connect 1"]);
    assert!(
        recorder.log().contains("UnknownIssuer"),
        "{}",
        recorder.log()
    );
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn a_certificate_authority_can_be_added() {
    let issuer = Issuer::new();
    let (server, certificate) = server("localhost", Answer::ok(issuer.jwks(&["a"])));
    let keys = RemoteKeys::from_url(server.url())
        .add_root_certificate_pem(certificate)
        .with_ticks(ManualTicks::default());
    assert!(accepts(&verifier(keys), &issuer.token("a")).await);
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_an_outage() {
    let issuer = Issuer::new();
    let (server, certificate) = server("issuer.example", Answer::ok(issuer.jwks(&["a"])));
    let keys = RemoteKeys::from_url(server.url())
        .add_root_certificate_pem(certificate)
        .with_ticks(ManualTicks::default());
    let (kind, status, _) = refusal(&verifier(keys), &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn no_redirect_leaves_tls() {
    let issuer = Issuer::new();
    let plain = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let location = plain.url();
    let answer = Answer::with("302 Found", &[("location", &location)], "");
    let (server, certificate) = server("localhost", answer);
    let keys = RemoteKeys::from_url(server.url())
        .insecure_allow_http_to_loopback()
        .add_root_certificate_pem(certificate)
        .with_ticks(ManualTicks::default());
    let (kind, status, _) = refusal(&verifier(keys), &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
    assert_eq!((server.fetches(), plain.fetches()), (1, 0));
}
