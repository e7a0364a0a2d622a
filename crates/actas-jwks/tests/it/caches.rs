//! How long a set is kept, comparisons with it, and caches on the way.

use std::time::Duration;

use actas_core::ErrorKind;

use crate::support::{
    Answer, Issuer, ManualTicks, Request, Server, accepts, known, refusal, settled, verifier,
};

const HOUR: u64 = 60 * 60;
const CHANGED: (&str, &str) = ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT");
const MUCH_LATER: (&str, &str) = ("date", "Fri, 02 Jan 2026 00:00:00 GMT");
const TAG: (&str, &str) = ("etag", "\"1\"");

/// Gives `jwks` with these headers, or 304 to whoever compares.
fn comparing(server: &Server, headers: &'static [(&str, &str)], jwks: String) {
    server.script(move |request: &Request| {
        let conditions = ["if-none-match", "if-modified-since"];
        if conditions.iter().any(|name| request.header(name).is_some()) {
            Answer::status("304 Not Modified")
        } else {
            Answer::with("200 OK", headers, jwks.clone())
        }
    });
}

#[tokio::test]
async fn what_has_not_changed_is_confirmed() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    comparing(&server, &[TAG, CHANGED, MUCH_LATER], issuer.jwks(&["a"]));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    for _ in 0..31 {
        assert!(accepts(&verifier, &issuer.token("a")).await);
        ticks.pass(HOUR);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 31);
    assert_eq!(requests[0].header("if-none-match"), None);
    for request in &requests[1..] {
        assert_eq!(request.header("if-none-match"), Some(TAG.1));
        assert_eq!(request.header("if-modified-since"), Some(CHANGED.1));
        assert_eq!(request.header("cache-control"), None);
    }
}

/// A server whose tags and dates are those of the second, or of the size.
#[tokio::test]
async fn a_validator_that_did_not_change_hides_no_new_key() {
    let issuer = Issuer::new();
    for headers in [&[TAG][..], &[CHANGED, MUCH_LATER]] {
        let server = Server::new(Answer::with("200 OK", headers, issuer.jwks(&["a"])));
        let ticks = ManualTicks::default();
        let verifier = verifier(server.keys(&ticks));
        assert!(accepts(&verifier, &issuer.token("a")).await);
        let jwks = issuer.jwks(&["a", "b"]);
        comparing(&server, headers, jwks);
        for rest in [0, HOUR] {
            ticks.pass(rest);
            assert!(accepts(&verifier, &issuer.token("a")).await);
            assert!(accepts(&verifier, &issuer.token("b")).await);
        }
    }
}

#[tokio::test]
async fn a_date_of_the_same_second_keeps_no_withdrawn_key() {
    const SAME_SECOND: &[(&str, &str)] = &[CHANGED, ("date", CHANGED.1)];
    let issuer = Issuer::new();
    let server = Server::new(Answer::with("200 OK", SAME_SECOND, issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    comparing(&server, SAME_SECOND, issuer.jwks(&["b"]));
    ticks.pass(HOUR);
    let (kind, status, _) = refusal(&verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::UnknownKey, 401));
    assert!(known(&verifier, &issuer.token("b")));
}

#[tokio::test]
async fn what_a_304_does_not_say_still_holds() {
    let issuer = Issuer::new();
    let headers = [TAG, ("cache-control", "max-age=80")];
    let server = Server::new(Answer::with("200 OK", &headers, issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    server.answer(Answer::status("304 Not Modified"));
    ticks.pass(79);
    assert!(known(&verifier, &issuer.token("a")));
    settled().await;
    assert_eq!(server.fetches(), 2);
    server.answer(Answer::ok(issuer.jwks(&["b"])));
    ticks.pass(59);
    assert!(known(&verifier, &issuer.token("a")));
    assert_eq!(server.fetches(), 2);
    ticks.pass(21);
    assert!(!accepts(&verifier, &issuer.token("a")).await);
}

#[tokio::test]
async fn a_server_that_fails_at_comparisons_is_asked_without() {
    let issuer = Issuer::new();
    for status in [
        "412 Precondition Failed",
        "431 Request Header Fields Too Large",
        "500 Internal Server Error",
    ] {
        let server = Server::new(Answer::hang());
        let jwks = issuer.jwks(&["a"]);
        server.script(move |request: &Request| {
            if request.header("if-none-match").is_some() {
                Answer::status(status)
            } else {
                Answer::with("200 OK", &[TAG], jwks.clone())
            }
        });
        let ticks = ManualTicks::default();
        let keys = server.keys(&ticks);
        let verifier = verifier(keys.with_stale_limit(Duration::from_secs(3 * HOUR)));
        for _ in 0..40 {
            assert!(accepts(&verifier, &issuer.token("a")).await, "{status}");
            ticks.pass(HOUR);
        }
        let compared = server.requests();
        let compared = compared
            .iter()
            .filter(|r| r.header("if-none-match") == Some(TAG.1));
        assert!((10..=20).contains(&compared.count()), "{status}");
    }
}

#[tokio::test]
async fn a_validator_is_kept_up_to_a_kib() {
    let issuer = Issuer::new();
    for (length, kept) in [(1024, true), (1025, false), (9000, false)] {
        let tag = format!("\"{}\"", "x".repeat(length - 2));
        let headers = [("etag", tag.as_str())];
        let server = Server::new(Answer::with("200 OK", &headers, issuer.jwks(&["a"])));
        let ticks = ManualTicks::default();
        let verifier = verifier(server.keys(&ticks));
        for _ in 0..2 {
            assert!(accepts(&verifier, &issuer.token("a")).await);
            ticks.pass(HOUR);
        }
        let sent = server.requests()[1].header("if-none-match").map(str::len);
        assert_eq!(sent, kept.then_some(length));
    }
}

#[tokio::test]
async fn a_look_up_passes_caches_by() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::hang());
    let (old, new) = (issuer.jwks(&["a"]), issuer.jwks(&["a", "b"]));
    let cached = [("age", "50"), ("cache-control", "max-age=300")];
    server.script(
        move |request: &Request| match request.header("cache-control") {
            Some("no-cache") => Answer::ok(new.clone()),
            _ => Answer::with("200 OK", &cached, old.clone()),
        },
    );
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys);
    // In the background a cache may answer.
    assert!(accepts(&verifier, &issuer.token("a")).await);
    ticks.pass(270);
    assert!(known(&verifier, &issuer.token("a")));
    settled().await;
    assert_eq!(server.fetches(), 2);
    assert!(!known(&verifier, &issuer.token("b")));
    assert!(accepts(&verifier, &issuer.token("b")).await);
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn a_cache_that_answers_all_the_same_refuses_nobody_and_is_asked_once() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let keys = server.keys(&ticks);
    let verifier = verifier(keys.with_unknown_key_budget(Duration::from_secs(10), 3));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    server.answer(Answer::with(
        "200 OK",
        &[("age", "50")],
        issuer.jwks(&["a"]),
    ));
    for fetches in 2..=4 {
        let (kind, status, retry_after) = refusal(&verifier, &issuer.token("b")).await;
        assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
        assert_eq!(retry_after, Some(10));
        assert_eq!(server.fetches(), fetches);
    }
    refusal(&verifier, &issuer.token("b")).await;
    assert_eq!(server.fetches(), 4);
    assert!(known(&verifier, &issuer.token("a")));

    ticks.pass(10);
    server.answer(Answer::ok(issuer.jwks(&["a", "b"])));
    assert!(accepts(&verifier, &issuer.token("b")).await);
}

#[tokio::test]
async fn max_age_is_heeded_within_bounds() {
    let issuer = Issuer::new();
    for (cache_control, fresh_for) in [
        ("max-age=600", 600),
        ("max-age=0", 60),
        ("no-store", 60),
        ("max-age=99999999999999999999", 3600),
        ("max-age=-1", 300),
        ("public", 300),
    ] {
        let headers = [("cache-control", cache_control)];
        let server = Server::new(Answer::with("200 OK", &headers, issuer.jwks(&["a"])));
        let ticks = ManualTicks::default();
        let verifier = verifier(server.keys(&ticks));
        assert!(accepts(&verifier, &issuer.token("a")).await);
        server.answer(Answer::ok(issuer.jwks(&["b"])));
        ticks.pass(fresh_for * 3 / 4 - 1);
        assert!(known(&verifier, &issuer.token("a")), "{cache_control}");
        assert_eq!(server.fetches(), 1, "{cache_control}");
        ticks.pass(fresh_for / 4 + 1);
        assert!(
            !accepts(&verifier, &issuer.token("a")).await,
            "{cache_control}"
        );
        assert_eq!(server.fetches(), 2, "{cache_control}");
    }
}
