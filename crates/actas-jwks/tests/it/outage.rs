//! The issuer cannot be reached, or talks nonsense.

use std::time::Duration;

use actas_core::{ErrorKind, Verifier};

use crate::support::{
    Answer, Gate, Issuer, ManualTicks, Server, accepts, known, patient, refusal, settled, verifier,
};

const HOUR: u64 = 60 * 60;

struct Service {
    issuer: Issuer,
    server: Server,
    ticks: ManualTicks,
    verifier: Verifier,
}

/// A service that has fetched the key `a`, fresh for ten minutes.
async fn warm() -> Service {
    with_stale_limit(24 * HOUR).await
}

async fn with_stale_limit(seconds: u64) -> Service {
    let issuer = Issuer::new();
    let server = Server::new(Answer::with(
        "200 OK",
        &[("cache-control", "max-age=600")],
        issuer.jwks(&["a"]),
    ));
    let ticks = ManualTicks::default();
    let keys = patient(server.keys(&ticks));
    let verifier = verifier(keys.with_stale_limit(Duration::from_secs(seconds)));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    Service {
        issuer,
        server,
        ticks,
        verifier,
    }
}

impl Service {
    /// Whether the key `a` is accepted without waiting, the fetch in its background ended.
    async fn knows(&self) -> bool {
        let token = self.issuer.token("a");
        let known = known(&self.verifier, &token);
        settled().await;
        known
    }
}

#[tokio::test]
async fn a_warm_service_never_waits() {
    let service = warm().await;
    for minute in 1..=120 {
        service.ticks.pass(60);
        assert!(service.knows().await, "{minute}");
    }
    // One in 450 to 525 seconds, of which the service sees whole minutes.
    let fetches = service.server.fetches() - 1;
    assert!((13..=15).contains(&fetches), "{fetches}");
}

#[tokio::test]
async fn one_refresh_runs_in_the_background() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    let gate = Gate::closed();
    server.answer(Answer::ok(issuer.jwks(&["a"])).behind(&gate));
    service.ticks.pass(449);
    assert!(known(&service.verifier, &issuer.token("a")));
    assert_eq!(server.fetches(), 1);
    service.ticks.pass(80);
    for _ in 0..50 {
        assert!(known(&service.verifier, &issuer.token("a")));
    }
    server.reached(2).await;
    for _ in 0..50 {
        assert!(known(&service.verifier, &issuer.token("a")));
    }
    gate.open();
    settled().await;
    assert!(known(&service.verifier, &issuer.token("a")));
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn an_outage_under_the_stale_limit_changes_no_response() {
    for answer in [
        Answer::status("500 Internal Server Error"),
        Answer::ok("<html></html>"),
        Answer::ok(r#"{"keys":[]}"#),
        Answer::ok(r#"{"keys":[{"kty":"odd"}]}"#),
        Answer::status("204 No Content"),
    ] {
        let service = with_stale_limit(3 * HOUR).await;
        service.server.answer(answer);
        service.ticks.pass(550);
        let minutes = 3 * 60 - 10;
        for minute in 0..minutes {
            assert!(service.knows().await, "{minute}");
            service.ticks.pass(60);
        }
        let fetches = service.server.fetches();
        assert!((minutes / 2..=minutes + 1).contains(&fetches), "{fetches}");

        // Half a minute is left.
        service.ticks.pass(20);
        assert!(known(&service.verifier, &service.issuer.token("a")));
        settled().await;
        service.ticks.pass(40);
        for _ in 0..10 {
            let (kind, status, retry_after) =
                refusal(&service.verifier, &service.issuer.token("a")).await;
            assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
            assert!(matches!(retry_after, Some(1..=60)), "{retry_after:?}");
        }

        let jwks = service.issuer.jwks(&["a"]);
        service.server.answer(Answer::ok(jwks));
        service.ticks.pass(60);
        assert!(accepts(&service.verifier, &service.issuer.token("a")).await);
    }
}

#[tokio::test]
async fn after_a_rest_an_outage_changes_no_response_either() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    server.answer(Answer::status("502 Bad Gateway"));
    for rest in [2 * HOUR, 10 * HOUR] {
        let fetches = server.fetches();
        service.ticks.pass(rest);
        assert!(accepts(&service.verifier, &issuer.token("a")).await);
        assert_eq!(server.fetches(), fetches + 1);
        for _ in 0..10 {
            assert!(known(&service.verifier, &issuer.token("a")));
        }
        assert_eq!(server.fetches(), fetches + 1);
    }
    service.ticks.pass(12 * HOUR);
    let (kind, status, _) = refusal(&service.verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
}

#[tokio::test]
async fn an_issuer_that_hangs_delays_by_the_deadline_at_most() {
    const SHORT: Duration = Duration::from_millis(50);
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys.with_fetch_timeout(SHORT).with_wait_deadline(SHORT));
    // A busy machine may take longer.
    while !accepts(&verifier, &issuer.token("a")).await {
        ticks.pass(60);
    }
    let fetches = server.fetches();
    server.answer(Answer::hang());
    ticks.pass(HOUR);
    assert!(accepts(&verifier, &issuer.token("a")).await);
    let (kind, status, _) = refusal(&verifier, &issuer.token("b")).await;
    assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
    assert!(server.fetches() <= fetches + 1);
}

#[tokio::test]
async fn a_known_key_does_not_wait_for_an_issuer_that_hangs() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let keys = server
        .keys(&ticks)
        .with_backoff(Duration::from_secs(1), Duration::from_secs(2))
        .with_fetch_timeout(Duration::from_secs(60))
        .with_wait_deadline(Duration::from_secs(60));
    let verifier = verifier(keys);
    assert!(accepts(&verifier, &issuer.token("a")).await);
    server.answer(Answer::status("500 Internal Server Error"));
    ticks.pass(299);
    assert!(known(&verifier, &issuer.token("a")));
    settled().await;
    server.answer(Answer::hang());
    // The next attempt begins before the set ends, and outlasts the back-off.
    for second in 1..=60 {
        ticks.pass(1);
        assert!(known(&verifier, &issuer.token("a")), "{second}");
    }
    server.reached(3).await;
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn the_first_refresh_after_an_outage_is_heeded() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    server.answer(Answer::status("503 Service Unavailable"));
    service.ticks.pass(550);
    assert!(service.knows().await);
    server.answer(Answer::ok(issuer.jwks(&["b"])));
    service.ticks.pass(60);
    assert!(service.knows().await);
    assert_eq!(server.fetches(), 3);
    assert!(known(&service.verifier, &issuer.token("b")));
    let (kind, status, _) = refusal(&service.verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::UnknownKey, 401));
}

#[tokio::test]
async fn an_unknown_key_in_an_outage_is_503_and_makes_few_fetches() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    server.answer(Answer::status("500 Internal Server Error"));
    service.ticks.pass(100);
    for number in 0..100 {
        let token = issuer.token(&format!("x{number}"));
        let (kind, status, retry_after) = refusal(&service.verifier, &token).await;
        assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
        assert_eq!(retry_after, Some(1));
        assert!(known(&service.verifier, &issuer.token("a")));
    }
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn retry_after_is_heeded() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::with(
        "429 Too Many Requests",
        &[("retry-after", "30")],
        issuer.jwks(&["a"]),
    ));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    for (seconds, expected, fetches) in [(0, 30, 1), (1, 29, 1), (28, 1, 1), (1, 30, 2)] {
        ticks.pass(seconds);
        let (kind, status, retry_after) = refusal(&verifier, &issuer.token("a")).await;
        assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
        assert_eq!(retry_after, Some(expected));
        assert_eq!(server.fetches(), fetches);
    }
}
