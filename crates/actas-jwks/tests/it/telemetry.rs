//! What can be seen of it.

use crate::support::{Answer, Issuer, ManualTicks, Recorder, Server, accepts, settled, verifier};

#[tokio::test]
async fn fetches_waits_and_unknown_keys_are_counted() {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let host = server.origin().replace("http://", "");
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    let expect = |lines: &[&str]| {
        let lines: Vec<_> = lines.iter().map(|line| line.replace('H', &host)).collect();
        assert_eq!(recorder.metrics(), lines);
    };

    accepts(&verifier, &issuer.token("a")).await;
    accepts(&verifier, &issuer.token("a")).await;
    expect(&[
        "actas_jwks_fetches_total{host=H,outcome=key_set} 1",
        "actas_jwks_key_set_age_seconds{host=H} 0",
        "actas_jwks_wait_seconds{host=H,outcome=found} 1",
    ]);

    ticks.pass(100);
    for kid in ["x", "x", "y"] {
        assert!(!accepts(&verifier, &issuer.token(kid)).await);
    }
    expect(&[
        "actas_jwks_fetches_total{host=H,outcome=key_set} 1",
        "actas_jwks_key_set_age_seconds{host=H} 0",
        "actas_jwks_unknown_keys_total{host=H,answer=absent} 2",
        "actas_jwks_unknown_keys_total{host=H,answer=unavailable} 1",
        "actas_jwks_wait_seconds{host=H,outcome=absent} 1",
        "actas_jwks_wait_seconds{host=H,outcome=unavailable} 1",
    ]);

    server.answer(Answer::ok(issuer.jwks(&["a", "z"])));
    ticks.pass(100);
    assert!(accepts(&verifier, &issuer.token("z")).await);
    server.answer(Answer::status("500 Internal Server Error"));
    ticks.pass(280);
    assert!(accepts(&verifier, &issuer.token("a")).await);
    settled().await;
    expect(&[
        "actas_jwks_fetches_total{host=H,outcome=key_set} 1",
        "actas_jwks_fetches_total{host=H,outcome=status} 1",
        "actas_jwks_key_set_age_seconds{host=H} 280",
        "actas_jwks_unknown_keys_total{host=H,answer=found} 1",
        "actas_jwks_wait_seconds{host=H,outcome=found} 1",
    ]);
}

#[tokio::test]
async fn a_key_that_is_known_is_not_counted_as_unknown_after_a_rest() {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys.clone());
    for _ in 0..2 {
        assert!(accepts(&verifier, &issuer.token("a")).await);
        ticks.pass(7200);
        keys.prefetch().await.unwrap();
        ticks.pass(7200);
    }
    let metrics = recorder.metrics();
    assert!(metrics.iter().any(|line| line.contains("outcome=found} 4")));
    assert!(!metrics.iter().any(|line| line.contains("unknown_keys")));
}

#[tokio::test]
async fn a_failure_says_what_an_operator_needs() {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let jwks = r#"{"keys":[{"kty":"odd","kid":"forged_in_log"}]}"#;
    let server = Server::new(Answer::ok(jwks));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    accepts(&verifier, &issuer.token("a")).await;
    let log = recorder.log();
    let line = log
        .lines()
        .find(|line| line.contains("could not be fetched"));
    let line = line.unwrap();
    for part in [
        "WARN actas_jwks: ",
        "host=\"localhost:",
        "failure=\"key_set_refused\"",
        "KeyType",
        "retry_in_seconds=",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!log.contains("forged_in_log"));

    server.answer(Answer::ok(issuer.jwks(&["a"])));
    ticks.pass(1);
    assert!(accepts(&verifier, &issuer.token("a")).await);
    assert!(recorder.log().contains("DEBUG actas_jwks: "));
}
