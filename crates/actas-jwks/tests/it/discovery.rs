//! The issuer says where its keys are.

use actas_core::Verifier;
use actas_jwks::RemoteKeys;
use serde_json::json;

use crate::support::{Answer, Issuer, ManualTicks, Recorder, Request, Server};

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
async fn keys_are_compared_and_the_configuration_is_read_anew() {
    const TAG: &str = "\"1\"";
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let url = server.origin();
    let ticks = ManualTicks::default();
    let keys = RemoteKeys::discover()
        .insecure_allow_http_to_loopback()
        .with_ticks(ticks.clone());
    let _verifier = Verifier::rfc9068(url.as_str(), "https://api.example")
        .with_keys(keys.clone())
        .build()
        .unwrap();
    // The tag is the same at another place, and says nothing of the set there.
    for (place, expected) in [("/one", None), ("/one", Some(TAG)), ("/two", None)] {
        let configuration =
            json!({ "issuer": url, "jwks_uri": format!("{url}{place}") }).to_string();
        let jwks = issuer.jwks(&["a"]);
        server.script(move |request: &Request| {
            if request.path == "/.well-known/openid-configuration" {
                Answer::with("200 OK", &[("etag", TAG)], configuration.clone())
            } else if request.header("if-none-match") == Some(TAG) {
                Answer::status("304 Not Modified")
            } else {
                Answer::with("200 OK", &[("etag", TAG)], jwks.clone())
            }
        });
        keys.prefetch().await.unwrap();
        ticks.pass(7200);
        let requests = server.requests();
        let [.., configuration, set] = &requests[..] else {
            panic!("asks once");
        };
        assert_eq!(configuration.header("if-none-match"), None, "{place}");
        assert_eq!(
            (set.path.as_str(), set.header("if-none-match")),
            (place, expected)
        );
    }
    assert_eq!(server.fetches(), 6);
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
