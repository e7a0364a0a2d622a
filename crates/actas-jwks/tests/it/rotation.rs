//! Keys come and go, and are forged.

use std::collections::BTreeMap;
use std::time::Duration;

use actas_core::{ErrorKind, Verifier};
use tokio::task::JoinSet;

use crate::support::{
    Answer, Gate, Issuer, ManualTicks, Server, accepts, known, patient, refusal, settled, verifier,
};

struct Service {
    issuer: Issuer,
    server: Server,
    ticks: ManualTicks,
    verifier: Verifier,
}

/// A service that has fetched the key `a`.
async fn warm() -> Service {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(patient(server.keys(&ticks)));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    Service {
        issuer,
        server,
        ticks,
        verifier,
    }
}

#[tokio::test]
async fn a_new_key_is_accepted_at_its_first_request() {
    for seconds_later in [0, 1, 61] {
        let service = warm().await;
        service.ticks.pass(seconds_later);
        let jwks = service.issuer.jwks(&["a", "b"]);
        service.server.answer(Answer::ok(jwks));
        assert!(accepts(&service.verifier, &service.issuer.token("b")).await);
        assert!(known(&service.verifier, &service.issuer.token("a")));
        assert_eq!(service.server.fetches(), 2);
    }
}

#[tokio::test]
async fn a_removed_key_is_refused_after_the_next_refresh() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    server.answer(Answer::ok(issuer.jwks(&["b"])));
    assert!(known(&service.verifier, &issuer.token("a")));

    // In the background of a request, which is still accepted.
    service.ticks.pass(270);
    assert!(known(&service.verifier, &issuer.token("a")));
    settled().await;
    assert!(known(&service.verifier, &issuer.token("b")));
    assert_eq!(server.fetches(), 2);

    let (kind, status, _) = refusal(&service.verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::UnknownKey, 401));
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn after_a_rest_a_removed_key_is_refused_at_once() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    server.answer(Answer::ok(issuer.jwks(&["b"])));
    service.ticks.pass(7200);
    let (kind, status, _) = refusal(&service.verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::UnknownKey, 401));
    assert!(known(&service.verifier, &issuer.token("b")));
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn a_name_may_come_to_mean_another_key() {
    let service = warm().await;
    let other = Issuer::new();
    service.server.answer(Answer::ok(other.jwks(&["a"])));
    service.ticks.pass(7200);
    let (kind, status, _) = refusal(&service.verifier, &service.issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::Signature, 401));
    assert!(known(&service.verifier, &other.token("a")));
}

#[tokio::test]
async fn ten_thousand_forged_names_make_one_fetch_and_delay_nobody() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    let gate = Gate::closed();
    server.answer(Answer::ok(issuer.jwks(&["a"])).behind(&gate));

    let good = issuer.token("a");
    let forged = Issuer::new();
    let mut requests = JoinSet::new();
    for number in 0..10_000 {
        let (verifier, token) = (service.verifier.clone(), forged.token(&number.to_string()));
        requests.spawn(async move { refusal(&verifier, &token).await });
        assert!(known(&service.verifier, &good));
    }
    server.reached(2).await;
    assert!(known(&service.verifier, &good));
    gate.open();

    let mut answers = BTreeMap::new();
    while let Some(answer) = requests.join_next().await {
        *answers.entry(answer.unwrap()).or_insert(0) += 1;
        assert!(known(&service.verifier, &good));
    }
    // One was looked up; the others came during its fetch, which may have been too early for them.
    let expected = [
        ((ErrorKind::UnknownKey, 401, None), 1),
        ((ErrorKind::KeysUnavailable, 503, Some(10)), 9_999),
    ];
    assert_eq!(answers, BTreeMap::from(expected));
    assert_eq!(server.fetches(), 2);

    service.ticks.pass(9);
    let (_, _, retry_after) = refusal(&service.verifier, &forged.token("late")).await;
    assert_eq!(retry_after, Some(1));
    assert_eq!(server.fetches(), 2);
    service.ticks.pass(1);
    let (kind, ..) = refusal(&service.verifier, &forged.token("late")).await;
    assert_eq!(kind, ErrorKind::UnknownKey);
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn forged_names_before_the_first_fetch_make_one_more() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let verifier = verifier(patient(server.keys(&ManualTicks::default())));
    let mut requests = JoinSet::new();
    for number in 0..1_000 {
        let (verifier, token) = (verifier.clone(), issuer.token(&format!("x{number}")));
        requests.spawn(async move { refusal(&verifier, &token).await });
    }
    requests.join_all().await;
    assert!(known(&verifier, &issuer.token("a")));
    assert!(server.fetches() <= 2, "{}", server.fetches());
}

#[tokio::test]
async fn a_key_that_was_looked_up_in_vain_is_401_without_another_fetch() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    for _ in 0..10 {
        let (kind, status, _) = refusal(&service.verifier, &issuer.token("x")).await;
        assert_eq!((kind, status), (ErrorKind::UnknownKey, 401));
    }
    assert_eq!(server.fetches(), 2);

    // It may have been published since.
    server.answer(Answer::ok(issuer.jwks(&["a", "x"])));
    service.ticks.pass(10);
    assert!(accepts(&service.verifier, &issuer.token("x")).await);
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn a_key_published_while_the_budget_is_spent_is_503_and_then_accepted() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    refusal(&service.verifier, &issuer.token("forged")).await;
    server.answer(Answer::ok(issuer.jwks(&["a", "b"])));
    service.ticks.pass(1);
    assert_eq!(
        refusal(&service.verifier, &issuer.token("b")).await,
        (ErrorKind::KeysUnavailable, 503, Some(9))
    );
    service.ticks.pass(9);
    assert!(accepts(&service.verifier, &issuer.token("b")).await);
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn a_burst_lets_more_fetches_through() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let keys = server
        .keys(&ManualTicks::default())
        .with_unknown_key_budget(Duration::from_secs(10), 3);
    let verifier = verifier(keys);
    assert!(accepts(&verifier, &issuer.token("a")).await);
    for (kid, status) in [("x", 401), ("y", 401), ("z", 401), ("w", 503)] {
        assert_eq!(refusal(&verifier, &issuer.token(kid)).await.1, status);
    }
    assert_eq!(server.fetches(), 4);
}

/// So a forger who guesses a name that is not published yet keeps it out for as long as the budget is spent, and no longer.
#[tokio::test]
async fn a_key_that_was_looked_up_in_vain_is_looked_up_anew_when_the_budget_allows() {
    let issuer = Issuer::new();
    let forger = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys.with_unknown_key_budget(Duration::from_secs(10), 2));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    let (kind, status, _) = refusal(&verifier, &forger.token("2026-08")).await;
    assert_eq!((kind, status), (ErrorKind::UnknownKey, 401));
    server.answer(Answer::ok(issuer.jwks(&["a", "2026-08"])));
    assert!(accepts(&verifier, &issuer.token("2026-08")).await);
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn an_interval_without_end_allows_one_fetch() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let keys = server.keys(&ManualTicks::default());
    let verifier = verifier(keys.with_unknown_key_budget(Duration::MAX, 1));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    for (number, expected) in [(0, 401), (1, 503), (2, 503), (3, 503)] {
        let (_, status, _) = refusal(&verifier, &issuer.token(&format!("x{number}"))).await;
        assert_eq!(status, expected);
    }
    assert_eq!(server.fetches(), 2);
}

/// The set that the first fetch brings was made before the key of the second request was published.
#[tokio::test]
async fn a_fetch_that_began_too_early_refuses_nobody() {
    let issuer = Issuer::new();
    let gate = Gate::closed();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])).behind(&gate));
    let verifier = verifier(patient(server.keys(&ManualTicks::default())));
    let spawn = |kid| {
        let (verifier, token) = (verifier.clone(), issuer.token(kid));
        tokio::spawn(async move { accepts(&verifier, &token).await })
    };
    let early = spawn("a");
    server.reached(1).await;
    let late = spawn("b");
    tokio::task::yield_now().await;
    server.answer(Answer::ok(issuer.jwks(&["a", "b"])));
    gate.open();
    assert!(early.await.unwrap());
    assert!(late.await.unwrap());
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn a_known_key_does_not_wait_for_a_look_up_that_hangs() {
    let service = warm().await;
    let Service { issuer, server, .. } = &service;
    server.answer(Answer::hang());
    let (verifier, token) = (service.verifier.clone(), issuer.token("x"));
    let stuck = tokio::spawn(async move { accepts(&verifier, &token).await });
    server.reached(2).await;
    assert!(known(&service.verifier, &issuer.token("a")));
    stuck.abort();
}

#[tokio::test]
async fn the_key_of_another_algorithm_is_not_it() {
    let service = warm().await;
    let mut rsa = service.issuer.jwk("b");
    rsa["alg"] = "RS256".into();
    let jwks = serde_json::json!({ "keys": [service.issuer.jwk("a"), rsa] });
    service.server.answer(Answer::ok(jwks.to_string()));
    let (kind, ..) = refusal(&service.verifier, &service.issuer.token("b")).await;
    assert_eq!(kind, ErrorKind::UnknownKey);
    assert!(known(&service.verifier, &service.issuer.token("a")));
}
