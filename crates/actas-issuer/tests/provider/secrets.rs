//! The secret key goes to Clerk, the actor token to the caller, and neither anywhere else.

use std::time::Duration;

use actas_issuer::provider::StartRequest;
use serde_json::json;

use crate::support::{CLERK, Callers, Log, Reply, SECRET, StandIn};

#[tokio::test]
async fn no_secret_is_in_a_log_an_error_or_debug_output() {
    let log = Log::start();
    let server = StandIn::start();
    let builder = server.builder().with_timeout(Duration::from_millis(300));
    let mut seen = vec![format!("{builder:?}")];
    let clerk = builder.build().unwrap();
    seen.push(format!("{clerk:?}"));
    let admin = Callers::direct("user_admin");
    let request = StartRequest::new("user_1", "the export of invoices fails");

    let token = clerk.start(&admin, &request).await.unwrap();
    assert!(token.url().contains("veryprivate") && token.token().is_some());
    seen.push(format!("{token:?} {token:#?}"));
    assert!(seen.join("").contains("act_0"));

    // Answers that repeat what is secret wherever there is text.
    let repeated = |status: u16| {
        let body = json!({
            "errors": [{"message": SECRET, "long_message": SECRET, "code": SECRET, "meta": {"limit": SECRET}}],
            "clerk_trace_id": SECRET, "meta": {"used": SECRET},
        });
        Reply::json(status, &body).with("retry-after", SECRET)
    };
    let mut replies: Vec<Reply> = [400, 401, 402, 404, 409, 422, 429, 500]
        .into_iter()
        .map(repeated)
        .collect();
    replies.push(Reply::json(200, &json!(SECRET)));
    replies.push(Reply::json(200, &json!({"id": SECRET, "status": SECRET})));
    replies.push(Reply::json(
        200,
        &json!({
            "object": "actor_token", "id": "act_1", "status": "pending", "user_id": "user_2",
            "actor": {"sub": "user_admin", "iss": CLERK}, "token": SECRET, "url": SECRET,
            "created_at": 1, "updated_at": 1,
        }),
    ));
    replies.push(Reply::json(302, &json!({})).with("location", SECRET));
    replies.push(Reply::Silence);
    let failures = replies.len();
    for reply in replies {
        server.next(reply);
        let error = clerk.start(&admin, &request).await.unwrap_err();
        seen.push(format!("{error:?} {error:#?} {error}"));
    }
    let log = log.text();
    assert_eq!(
        log.matches("Clerk did not do what it was asked").count(),
        failures,
        "{log}"
    );
    assert_eq!(log.matches("Clerk was asked").count(), 1);
    for text in seen.iter().chain([&log]) {
        assert!(!text.contains("veryprivate"), "{text}");
    }
}
