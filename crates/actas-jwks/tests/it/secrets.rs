//! The secret key goes to Clerk, and nowhere else.

use actas_jwks::RemoteKeys;

use crate::support::{
    Answer, Issuer, ManualTicks, Part, Recorder, Request, Server, accepts, verifier,
};

const SECRET: &str = "sk_test_veryprivate";

fn backend(server: &Server) -> RemoteKeys {
    RemoteKeys::clerk_backend_at(server.origin(), SECRET)
        .insecure_allow_http_to_loopback()
        .with_ticks(ManualTicks::default())
}

#[tokio::test]
async fn the_backend_api_is_asked_with_the_secret_key() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    assert!(accepts(&verifier(backend(&server)), &issuer.token("a")).await);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/v1/jwks");
    assert_eq!(
        requests[0].header("authorization"),
        Some("Bearer sk_test_veryprivate")
    );
}

#[tokio::test]
async fn the_secret_key_is_in_no_log_metric_error_or_debug_output() {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let elsewhere = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let location = elsewhere.url();
    let mut seen = Vec::new();
    for answer in [
        Answer::ok(issuer.jwks(&["a"])),
        Answer::ok("no key set"),
        Answer::ok(format!(r#"{{"keys":[{{"kid":"{SECRET}"}}]}}"#)),
        Answer::status("401 Unauthorized"),
        Answer::with("302 Found", &[("location", &location)], ""),
        Answer::raw([Part::Reset]),
    ] {
        let server = Server::new(answer);
        let keys = backend(&server);
        seen.push(format!("{keys:?}"));
        let verifier = verifier(keys.clone());
        seen.push(format!("{keys:?} {verifier:?}"));
        let outcome = verifier.verify(&issuer.token("a")).await;
        seen.extend(outcome.err().map(|error| format!("{error:?} {error}")));
        assert_eq!(server.fetches(), 1);
    }
    assert_eq!(elsewhere.fetches(), 0);
    let (log, metrics) = (recorder.log(), recorder.metrics().join("\n"));
    assert!(log.contains("could not be fetched") && !metrics.is_empty());
    for text in seen.iter().chain([&log, &metrics]) {
        assert!(!text.contains("veryprivate"), "{text}");
    }
}

#[tokio::test]
async fn the_query_of_a_url_is_sent_and_not_shown() {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let server = Server::new(Answer::hang());
    let jwks = issuer.jwks(&["a"]);
    server.script(move |request: &Request| {
        if request.path == "/jwks?key=veryprivate" {
            Answer::ok(jwks.clone())
        } else {
            Answer::status("403 Forbidden")
        }
    });
    for (query, accepted) in [("key=veryprivate", true), ("key=alsoprivate", false)] {
        let url = format!("{}?{query}", server.url());
        let keys = RemoteKeys::from_url(url).insecure_allow_http_to_loopback();
        assert!(!format!("{keys:?}").contains("private"));
        assert_eq!(accepts(&verifier(keys), &issuer.token("a")).await, accepted);
    }
    let log = recorder.log();
    assert!(log.contains("could not be fetched"));
    assert!(!log.contains("private"), "{log}");
}
