//! Where a redirect may lead.

use actas_core::ErrorKind;

use crate::support::{
    Answer, Issuer, ManualTicks, Recorder, Request, Server, accepts, failed, refusal, verifier,
};

#[tokio::test]
async fn redirects_are_followed_within_the_origin() {
    let issuer = Issuer::new();
    let jwks = issuer.jwks(&["a"]);
    // `/jwks`, `/3`, `/2`, … down to the keys at `/0`.
    for (start, accepted, fetches) in [(0, true, 2), (2, true, 4), (3, false, 4), (100, false, 4)] {
        let recorder = Recorder::start();
        let server = Server::new(Answer::hang());
        let jwks = jwks.clone();
        server.script(move |request: &Request| {
            let next = match request.path.trim_start_matches('/').parse::<u32>() {
                Ok(0) => return Answer::ok(jwks.clone()),
                Ok(number) => number - 1,
                Err(_) => start,
            };
            Answer::with("302 Found", &[("location", &format!("/{next}"))], "")
        });
        let verifier = verifier(server.keys(&ManualTicks::default()));
        let token = issuer.token("a");
        if accepted {
            assert!(accepts(&verifier, &token).await, "{start}");
            assert_eq!(recorder.outcomes(), ["key_set 1"], "{start}");
        } else {
            let (kind, status, _) = refusal(&verifier, &token).await;
            assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503), "{start}");
            assert_eq!(recorder.outcomes(), ["redirect 1"], "{start}");
        }
        assert_eq!(server.fetches(), fetches, "{start}");
    }
}

#[tokio::test]
async fn a_loop_of_redirects_is_left() {
    let issuer = Issuer::new();
    for (first, second) in [("/jwks", "/jwks"), ("/there", "/jwks")] {
        let recorder = Recorder::start();
        let server = Server::new(Answer::hang());
        server.script(move |request: &Request| {
            let next = if request.path == "/jwks" {
                first
            } else {
                second
            };
            Answer::with("307 Temporary Redirect", &[("location", next)], "")
        });
        let verifier = verifier(server.keys(&ManualTicks::default()));
        for _ in 0..2 {
            let (kind, status, _) = refusal(&verifier, &issuer.token("a")).await;
            assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
        }
        assert_eq!(recorder.outcomes(), ["redirect 1"]);
        assert_eq!(server.fetches(), 4);
    }
}

#[tokio::test]
async fn redirects_to_another_origin_are_refused() {
    let issuer = Issuer::new();
    let elsewhere = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let port = elsewhere.origin().rsplit(':').next().unwrap().to_owned();
    for location in [
        elsewhere.url(),
        format!("http://127.0.0.1:{port}/jwks"),
        format!("//localhost:{port}/jwks"),
        "https://localhost/jwks".to_owned(),
    ] {
        for status in ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"] {
            let outcome = failed(Answer::with(status, &[("location", &location)], "")).await;
            assert_eq!(outcome, ["redirect 1"], "{location}");
        }
    }
    assert_eq!(elsewhere.fetches(), 0);
    for location in ["file:///etc/passwd", "data:,{}"] {
        let nowhere = Answer::with("302 Found", &[("location", location)], "");
        assert_eq!(failed(nowhere).await.len(), 1, "{location}");
    }
}

#[tokio::test]
async fn the_same_host_on_another_port_is_another_origin() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let by_address = server.origin().replace("localhost", "127.0.0.1");
    server.answer(Answer::with(
        "302 Found",
        &[("location", &format!("{by_address}/jwks"))],
        "",
    ));
    let verifier = verifier(server.keys(&ManualTicks::default()));
    let (kind, status, _) = refusal(&verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
    assert_eq!(server.fetches(), 1);
}
