//! What Clerk's refusals and failures come out as.

use std::time::Duration;

use actas_issuer::provider::{Clerk, ProviderError, ProviderErrorKind, StartRequest};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Callers, ERRORS_TRACE_ID, Reply, SECRET, StandIn, errors};

async fn failure(clerk: &Clerk) -> ProviderError {
    let request = StartRequest::new("user_1", "the export of invoices fails");
    let outcome = clerk.start(&Callers::direct("user_admin"), &request).await;
    outcome.unwrap_err()
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    let server = StandIn::start();
    let clerk = server.clerk();
    for (status, code, expected) in [
        (
            400,
            "actor_token_cannot_be_revoked_code",
            ProviderErrorKind::NotPending,
        ),
        (400, "form_param_missing", ProviderErrorKind::Refused),
        (401, "authentication_invalid", ProviderErrorKind::SecretKey),
        (
            402,
            "unsupported_subscription_plan_features",
            ProviderErrorKind::PlanRequired,
        ),
        (403, "authorization_invalid", ProviderErrorKind::Refused),
        (404, "resource_not_found", ProviderErrorKind::NotFound),
        (
            409,
            "session_creation_not_allowed",
            ProviderErrorKind::SessionNotAllowed,
        ),
        (409, "conflict", ProviderErrorKind::Refused),
        (
            422,
            "impersonation_limit_exceeded",
            ProviderErrorKind::LimitExceeded,
        ),
        (422, "form_param_value_invalid", ProviderErrorKind::Refused),
        (429, "too_many_requests", ProviderErrorKind::RateLimited),
        (500, "internal_clerk_error", ProviderErrorKind::Unavailable),
        (503, "service_unavailable", ProviderErrorKind::Unavailable),
    ] {
        server.next(Reply::json(status, &errors(code, &json!({}))));
        let error = failure(&clerk).await;
        assert_eq!(error.kind(), expected, "{status} {code}");
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.trace_id(), Some(ERRORS_TRACE_ID));
        assert_eq!(error.limit(), None);
        let text = error.to_string();
        assert!(
            text.ends_with(&format!(" (status {status}, {code})")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_refusal_without_a_body_that_can_be_read_is_still_one() {
    let server = StandIn::start();
    let clerk = server.clerk();
    let huge = "x".repeat(1024 * 1024 + 1);
    for body in [
        "",
        "<html>",
        "[]",
        r#"{"errors":[]}"#,
        r#"{"errors":[{}]}"#,
        &huge,
    ] {
        for (status, expected) in [
            (401, ProviderErrorKind::SecretKey),
            (402, ProviderErrorKind::PlanRequired),
            (422, ProviderErrorKind::Refused),
            (502, ProviderErrorKind::Unavailable),
        ] {
            server.next(Reply::Answer(status, Vec::new(), body.to_owned()));
            let error = failure(&clerk).await;
            assert_eq!(error.kind(), expected, "{status}");
            assert_eq!(error.code(), None);
        }
    }
}

#[tokio::test]
async fn a_used_up_plan_says_how_much_it_had() {
    let server = StandIn::start();
    let clerk = server.clerk();
    let code = "impersonation_limit_exceeded";
    let beside = json!({"errors": [{"code": code}], "meta": {"limit": 5, "used": 5}});
    for (body, expected) in [
        (errors(code, &json!({"Limit": 5, "Used": 5})), true),
        (errors(code, &json!({"limit": 5, "used": 5})), true),
        (beside, true),
        (errors(code, &json!({"limit": 5})), false),
        (errors(code, &json!({"limit": "5", "used": -1})), false),
        (errors(code, &Value::Null), false),
    ] {
        server.next(Reply::json(422, &body));
        let error = failure(&clerk).await;
        assert_eq!(error.kind(), ProviderErrorKind::LimitExceeded);
        let limit = error.limit().map(|limit| (limit.limit, limit.used));
        assert_eq!(limit, expected.then_some((5, 5)), "{body}");
    }
}

#[tokio::test]
async fn the_time_to_wait_is_passed_on() {
    let server = StandIn::start();
    let clerk = server.clerk();
    for status in [429, 503] {
        let reply = Reply::json(status, &errors("x", &json!({})));
        server.next(reply.with("retry-after", "7"));
        let error = failure(&clerk).await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(error.to_string().ends_with("; retry after 7 s"), "{error}");
    }
    // Once each: nothing is asked a second time.
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_none() {
    let server = StandIn::start();
    let clerk = server.clerk();
    let huge = format!("\"{}\"", "x".repeat(1024 * 1024));
    for (status, body, expected) in [
        (200, "", ProviderErrorKind::Unreadable),
        (200, "{}", ProviderErrorKind::Unreadable),
        (200, "<html>", ProviderErrorKind::Unreadable),
        (200, huge.as_str(), ProviderErrorKind::TooLarge),
        (202, "{}", ProviderErrorKind::Unreadable),
        (204, "", ProviderErrorKind::Unreadable),
    ] {
        server.next(Reply::Answer(status, Vec::new(), body.to_owned()));
        assert_eq!(failure(&clerk).await.kind(), expected, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (server, elsewhere) = (StandIn::start(), StandIn::start());
    let clerk = server.clerk();
    for (status, location) in [
        (302, elsewhere.url()),
        (307, format!("{}/v1/actor_tokens", elsewhere.url())),
        (308, format!("{}/v1/actor_tokens", server.url())),
    ] {
        let reply = Reply::Answer(status, Vec::new(), String::new());
        server.next(reply.with("location", &location));
        let error = failure(&clerk).await;
        assert_eq!(error.kind(), ProviderErrorKind::Unreadable);
        assert_eq!(error.status(), Some(status));
    }
    assert_eq!(server.requests().len(), 3);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    let server = StandIn::start();
    let clerk = server.builder().with_timeout(Duration::from_millis(200));
    server.next(Reply::Silence);
    let error = failure(&clerk.build().unwrap()).await;
    assert_eq!(error.kind(), ProviderErrorKind::Timeout);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_that_is_not_had_or_breaks_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let clerk = Clerk::builder(SECRET)
        .with_api_url(&url)
        .insecure_allow_http_to_loopback()
        .build()
        .unwrap();
    let broken = async {
        drop(listener.accept().await.unwrap());
        drop(listener);
    };
    let (error, ()) = tokio::join!(failure(&clerk), broken);
    assert_eq!(error.kind(), ProviderErrorKind::Connection);
    let error = failure(&clerk).await;
    assert_eq!(error.kind(), ProviderErrorKind::Connection);
    assert!(!error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn a_wrong_secret_key_is_named() {
    let server = StandIn::start();
    let clerk = Clerk::builder("sk_live_another")
        .with_api_url(server.url())
        .insecure_allow_http_to_loopback()
        .build()
        .unwrap();
    assert_eq!(failure(&clerk).await.kind(), ProviderErrorKind::SecretKey);
}
