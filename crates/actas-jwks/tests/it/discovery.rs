//! The issuer says where its keys are.

use actas_core::Verifier;
use actas_jwks::RemoteKeys;
use serde_json::json;

use crate::support::{Answer, Issuer, Recorder, Request, Server};

#[tokio::test]
async fn keys_are_discovered() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let url = server.origin();
    let configuration = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string();
    let jwks = issuer.jwks(&["a"]);
    server.script(move |request: &Request| match request.path.as_str() {
        "/.well-known/openid-configuration" => Answer::ok(configuration.clone()),
        "/keys" => Answer::ok(jwks.clone()),
        _ => Answer::status("404 Not Found"),
    });
    let keys = RemoteKeys::discover().insecure_allow_http_to_loopback();
    let _verifier = Verifier::rfc9068(url, "https://api.example")
        .with_keys(keys.clone())
        .build()
        .unwrap();
    keys.prefetch().await.unwrap();
    let paths: Vec<_> = server
        .requests()
        .into_iter()
        .map(|seen| seen.path)
        .collect();
    assert_eq!(paths, ["/.well-known/openid-configuration", "/keys"]);
}

#[tokio::test]
async fn a_configuration_of_another_issuer_or_place_is_refused() {
    let elsewhere = Server::new(Answer::ok(Issuer::new().jwks(&["a"])));
    let server = Server::new(Answer::hang());
    let url = server.origin();
    for configuration in [
        json!({ "issuer": format!("{url}/"), "jwks_uri": elsewhere.url() }),
        json!({ "issuer": "https://issuer.example", "jwks_uri": elsewhere.url() }),
        json!({ "jwks_uri": elsewhere.url() }),
        json!({ "issuer": url }),
        json!({ "issuer": url, "jwks_uri": "http://issuer.example/jwks" }),
        json!({ "issuer": url, "jwks_uri": "file:///etc/passwd" }),
        json!([url, elsewhere.url()]),
    ] {
        let recorder = Recorder::start();
        server.answer(Answer::ok(configuration.to_string()));
        let keys = RemoteKeys::discover().insecure_allow_http_to_loopback();
        let _verifier = Verifier::rfc9068(url.as_str(), "https://api.example")
            .with_keys(keys.clone())
            .build()
            .unwrap();
        keys.prefetch().await.unwrap_err();
        assert_eq!(recorder.outcomes(), ["discovery 1"], "{configuration}");
    }
    assert_eq!(elsewhere.fetches(), 0);
}
