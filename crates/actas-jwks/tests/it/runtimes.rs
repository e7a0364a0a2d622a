//! A fetch belongs to the runtime it was begun on; the keys do not.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actas_core::{Auth, Error, ErrorKind, Verifier};
use actas_jwks::SystemTicks;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::support::{
    Answer, Issuer, ManualTicks, Recorder, Server, accepts, known, refusal, settled, verifier,
};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn poll_once(verifier: &Verifier, token: &str) -> Poll<Result<Auth, Error>> {
    let outcome = pin!(verifier.verify(token).into_future());
    outcome.poll(&mut Context::from_waker(Waker::noop()))
}

/// Begins a fetch on this runtime, which is not driven.
fn begin_on(runtime: &Runtime, verifier: &Verifier, token: &str) {
    let _entered = runtime.enter();
    assert!(poll_once(verifier, token).is_pending());
}

#[test]
fn the_next_request_begins_anew_what_a_runtime_took_with_it() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let verifier = verifier(server.keys(&ManualTicks::default()));

    let first = runtime();
    let (waiter, token) = (verifier.clone(), issuer.token("a"));
    first.spawn(async move { accepts(&waiter, &token).await });
    first.block_on(server.reached(1));
    server.answer(Answer::ok(issuer.jwks(&["a"])));
    drop(first);

    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
    assert_eq!(server.fetches(), 2);
}

#[test]
fn who_waits_on_another_runtime_begins_it_anew() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let verifier = verifier(server.keys(&ManualTicks::default()));

    let first = runtime();
    let (waiter, token) = (verifier.clone(), issuer.token("a"));
    first.spawn(async move { accepts(&waiter, &token).await });
    first.block_on(server.reached(1));

    let second = runtime();
    let (waiter, token) = (verifier, issuer.token("a"));
    let waiting = second.spawn(async move { accepts(&waiter, &token).await });
    second.block_on(tokio::task::yield_now());
    server.answer(Answer::ok(issuer.jwks(&["a"])));
    drop(first);
    assert!(second.block_on(waiting).unwrap());
    assert_eq!(server.fetches(), 2);
}

#[test]
fn keys_outlive_the_runtime_that_fetched_them() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    for fetches in 1..=3 {
        assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
        assert!(known(&verifier, &issuer.token("a")));
        assert_eq!(server.fetches(), fetches);
        ticks.pass(7200);
    }
}

#[test]
fn a_runtime_that_ends_in_the_background_refresh_spoils_nothing() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));

    ticks.pass(280);
    runtime().block_on(async { assert!(known(&verifier, &issuer.token("a"))) });
    let second = runtime();
    second.block_on(async { assert!(known(&verifier, &issuer.token("a"))) });
    second.block_on(server.reached(2));
    assert_eq!(server.fetches(), 2);
}

#[test]
fn a_runtime_that_is_not_driven_any_more_is_given_up() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    let idle = runtime();
    let (waiter, token) = (verifier.clone(), issuer.token("a"));
    idle.spawn(async move { accepts(&waiter, &token).await });
    idle.block_on(server.reached(1));

    server.answer(Answer::ok(issuer.jwks(&["a"])));
    ticks.pass(6);
    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
    assert_eq!(server.fetches(), 2);
}

#[test]
fn who_waits_for_a_fetch_that_is_given_up_is_told_of_the_next() {
    const LONG: Duration = Duration::from_secs(600);
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys.with_fetch_timeout(LONG).with_wait_deadline(LONG));
    let idle = runtime();
    begin_on(&idle, &verifier, &issuer.token("a"));

    runtime().block_on(async {
        let (waiter, token) = (verifier.clone(), issuer.token("a"));
        let waiting = tokio::spawn(async move { accepts(&waiter, &token).await });
        tokio::task::yield_now().await;
        ticks.pass(601);
        assert!(accepts(&verifier, &issuer.token("a")).await);
        let told = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        assert!(
            told.expect("still waits, though the keys are there")
                .unwrap()
        );
    });
    assert_eq!(server.fetches(), 1);
}

/// In real time: nobody else comes who could tell.
#[test]
fn who_waits_for_a_fetch_that_is_given_up_begins_the_next() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let keys = server
        .keys(&ManualTicks::default())
        .with_ticks(SystemTicks::new())
        .with_fetch_timeout(Duration::from_secs(1))
        .with_wait_deadline(Duration::from_secs(60));
    let verifier = verifier(keys);
    let idle = runtime();
    begin_on(&idle, &verifier, &issuer.token("a"));
    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
    assert_eq!(server.fetches(), 1);
}

#[test]
fn a_wait_has_a_deadline() {
    const SHORT: Duration = Duration::from_millis(50);
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys.with_fetch_timeout(SHORT).with_wait_deadline(SHORT));
    let idle = runtime();
    begin_on(&idle, &verifier, &issuer.token("a"));
    for _ in 0..2 {
        let refusal = runtime().block_on(refusal(&verifier, &issuer.token("a")));
        assert_eq!(refusal, (ErrorKind::KeysUnavailable, 503, Some(1)));
    }
    // Both waited for the fetch that nobody drives.
    assert_eq!(server.fetches(), 0);
}

#[test]
fn a_runtime_that_somebody_elses_panic_drops_is_no_failure() {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let server = Server::new(Answer::hang());
    let verifier = verifier(server.keys(&ManualTicks::default()));
    let (waiter, token) = (verifier.clone(), issuer.token("a"));
    let server = &server;
    std::panic::catch_unwind(AssertUnwindSafe(|| {
        let first = runtime();
        first.spawn(async move { accepts(&waiter, &token).await });
        first.block_on(server.reached(1));
        panic!("of somebody else");
    }))
    .unwrap_err();
    server.answer(Answer::ok(issuer.jwks(&["a"])));
    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
    assert_eq!(recorder.outcomes(), ["key_set 1"]);
}

#[test]
#[should_panic(expected = "timer")]
fn who_waits_on_a_runtime_without_timers_panics() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let verifier = verifier(server.keys(&ManualTicks::default()));
    let bare = Builder::new_current_thread().build().unwrap();
    bare.block_on(accepts(&verifier, &issuer.token("a")));
}

#[test]
fn a_fetch_that_panics_is_a_failure() {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
    assert_eq!(recorder.outcomes(), ["key_set 1"]);

    ticks.pass(280);
    // Without its drivers, a runtime has neither timers nor sockets.
    let bare = Builder::new_current_thread().build().unwrap();
    bare.block_on(async {
        assert!(known(&verifier, &issuer.token("a")));
        tokio::task::yield_now().await;
        assert!(known(&verifier, &issuer.token("a")));
    });
    assert_eq!(recorder.outcomes(), ["panic 1"]);
    ticks.pass(1);
    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
}

#[test]
fn without_a_runtime_keys_that_are_there_serve_and_none_are_fetched() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));

    let Poll::Ready(Err(error)) = poll_once(&verifier, &issuer.token("a")) else {
        panic!("waits without a runtime");
    };
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);

    assert!(runtime().block_on(accepts(&verifier, &issuer.token("a"))));
    ticks.pass(280);
    assert!(known(&verifier, &issuer.token("a")));
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn nothing_is_left_when_the_last_verifier_is_dropped() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let keys = server
        .keys(&ManualTicks::default())
        .with_fetch_timeout(Duration::from_secs(3600))
        .with_wait_deadline(Duration::from_secs(3600));
    let verifier = verifier(keys);
    let (waiter, token) = (verifier.clone(), issuer.token("a"));
    let waiting = tokio::spawn(async move { accepts(&waiter, &token).await });
    server.reached(1).await;
    waiting.abort();
    let _ = waiting.await;
    assert!(Handle::current().metrics().num_alive_tasks() > 0);
    drop(verifier);
    server.deserted().await;
    settled().await;
}

#[test]
fn many_threads_make_one_fetch() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let verifier = verifier(server.keys(&ManualTicks::default()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                runtime().block_on(async {
                    for _ in 0..50 {
                        assert!(accepts(&verifier, &issuer.token("a")).await);
                    }
                });
            });
        }
    });
    assert_eq!(server.fetches(), 1);
}
