//! Before there are keys.

use std::time::Duration;

use actas_core::{ErrorKind, KeySource, Progress, Verifier};
use actas_jwks::RemoteKeys;
use tokio::task::JoinSet;

use crate::support::{
    Answer, Gate, Issuer, ManualTicks, Recorder, Server, accepts, known, patient, refusal, settled,
    verifier,
};

#[tokio::test]
async fn fifty_requests_make_one_fetch() {
    let issuer = Issuer::new();
    let gate = Gate::closed();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])).behind(&gate));
    let verifier = verifier(patient(server.keys(&ManualTicks::default())));

    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let (verifier, token) = (verifier.clone(), issuer.token("a"));
        requests.spawn(async move { accepts(&verifier, &token).await });
    }
    server.reached(1).await;
    gate.open();
    assert_eq!(requests.join_all().await, [true; 50]);
    assert_eq!(server.fetches(), 1);

    for _ in 0..50 {
        assert!(known(&verifier, &issuer.token("a")));
    }
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn nothing_is_fetched_before_it_is_needed() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let verifier = verifier(server.keys(&ManualTicks::default()));
    drop(verifier.verify(&issuer.token("a")));
    let malformed = verifier.verify("not a token").await.unwrap_err();
    assert_eq!(malformed.kind(), ErrorKind::Form);
    assert_eq!(server.fetches(), 0);
    assert!(accepts(&verifier, &issuer.token("a")).await);
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn who_gives_up_ends_the_fetch_for_nobody_else() {
    let issuer = Issuer::new();
    let gate = Gate::closed();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])).behind(&gate));
    let verifier = verifier(patient(server.keys(&ManualTicks::default())));

    let wait = || {
        let (verifier, token) = (verifier.clone(), issuer.token("a"));
        tokio::spawn(async move { accepts(&verifier, &token).await })
    };
    let first = wait();
    server.reached(1).await;
    let second = wait();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    gate.open();
    assert!(second.await.unwrap());
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn a_fetch_that_everybody_gave_up_still_lands() {
    let issuer = Issuer::new();
    let gate = Gate::closed();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])).behind(&gate));
    let verifier = verifier(patient(server.keys(&ManualTicks::default())));
    let (waiter, token) = (verifier.clone(), issuer.token("a"));
    let only = tokio::spawn(async move { accepts(&waiter, &token).await });
    server.reached(1).await;
    only.abort();
    let _ = only.await;
    gate.open();
    settled().await;
    assert!(known(&verifier, &issuer.token("a")));
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn without_keys_every_request_is_503_and_few_fetch() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::status("500 Internal Server Error"));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    for number in 0..50 {
        let (kind, status, retry_after) =
            refusal(&verifier, &issuer.token(&number.to_string())).await;
        assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
        assert_eq!(retry_after, Some(1));
    }
    assert_eq!(server.fetches(), 1);

    ticks.pass(1);
    let (_, _, retry_after) = refusal(&verifier, &issuer.token("a")).await;
    assert!(matches!(retry_after, Some(1 | 2)), "{retry_after:?}");
    assert_eq!(server.fetches(), 2);

    server.answer(Answer::ok(issuer.jwks(&["a"])));
    ticks.pass(2);
    assert!(accepts(&verifier, &issuer.token("a")).await);
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn the_answer_that_a_caller_cannot_wait_for_is_503() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let verifier = verifier(server.keys(&ManualTicks::default()));
    let error = verifier.verify(&issuer.token("a")).now().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
}

#[tokio::test]
async fn keys_can_be_had_before_the_first_request() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::status("503 Service Unavailable"));
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys.clone());
    let error = keys.prefetch().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);

    ticks.pass(1);
    server.answer(Answer::ok(issuer.jwks(&["a"])));
    keys.prefetch().await.unwrap();
    assert!(known(&verifier, &issuer.token("a")));
    keys.prefetch().await.unwrap();
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn keys_without_a_verifier_are_unavailable() {
    let recorder = Recorder::start();
    let server = Server::new(Answer::hang());
    let keys = server.keys(&ManualTicks::default());
    let error = keys.prefetch().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert!(keys.current().is_none());
    assert!(recorder.log().contains("ERROR actas_jwks: no keys: "));
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn two_verifiers_share_keys_only_if_they_share_the_source() {
    let (one, other) = (Issuer::new(), Issuer::new());
    let (server, elsewhere) = (
        Server::new(Answer::ok(one.jwks(&["a"]))),
        Server::new(Answer::ok(other.jwks(&["a"]))),
    );
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let (first, second) = (verifier(keys.clone()), verifier(keys));
    let apart = verifier(elsewhere.keys(&ticks));
    assert!(accepts(&first, &one.token("a")).await);
    assert!(known(&second, &one.token("a")));
    let (kind, status, _) = refusal(&apart, &one.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::Signature, 401));
    assert!(known(&apart, &other.token("a")));
    assert_eq!((server.fetches(), elsewhere.fetches()), (1, 1));
}

#[test]
fn a_source_serves_one_key_set_url() {
    let keys = RemoteKeys::new();
    let build = |key| {
        Verifier::clerk(key)
            .unwrap()
            .with_keys(keys.clone())
            .build()
    };
    assert!(build("pk_test_Y2xlcmsuY2xlcmsuZGV2JA").is_ok());
    assert!(build("pk_test_Y2xlcmsuY2xlcmsuZGV2JA").is_ok());
    let error = build("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k").unwrap_err();
    assert!(error.to_string().contains("https://clerk.example.com"));
}

#[test]
fn what_cannot_work_does_not_build() {
    for keys in [
        RemoteKeys::new(),
        RemoteKeys::from_url("http://issuer.example/jwks"),
        RemoteKeys::from_url("http://localhost/jwks"),
        RemoteKeys::clerk_backend("pk_test_abc"),
        RemoteKeys::discover().add_root_certificate_pem("no certificate"),
        RemoteKeys::discover().with_fetch_timeout(Duration::ZERO),
        RemoteKeys::discover().with_wait_deadline(Duration::from_millis(2999)),
        RemoteKeys::discover().with_unknown_key_budget(Duration::from_secs(10), 0),
    ] {
        let built = Verifier::rfc9068("https://issuer.example", "https://api.example")
            .with_keys(keys.clone())
            .build();
        assert!(built.is_err(), "{keys:?}");
    }
}

#[tokio::test]
async fn a_token_without_kid_is_refused() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let keys = server.keys(&ManualTicks::default());
    let _verifier = verifier(keys.clone());
    keys.prefetch().await.unwrap();
    let wanted = actas_core::WantedKey::new(None, actas_core::Algorithm::EdDsa);
    assert!(keys.refresh(wanted).is_none());
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn a_setter_on_a_clone_makes_a_source_of_its_own() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let keys = server.keys(&ManualTicks::default());
    let shared = verifier(keys.clone());
    let apart = verifier(keys.clone().with_stale_limit(Duration::ZERO));
    assert!(accepts(&shared, &issuer.token("a")).await);
    assert!(matches!(
        apart.verify(&issuer.token("a")),
        Progress::Waiting(_)
    ));
}
