//! What is asked of Clerk to start an impersonation, and what is not.

use std::time::Duration;

use actas_issuer::provider::{ActorToken, Clerk, ProviderErrorKind, StartRequest};
use serde::Deserialize;
use serde_json::json;

use crate::support::{CLERK, Callers, Reply, StandIn};

const REASON: &str = "the export of invoices fails";

async fn refused(clerk: &Clerk, admin: &str, request: &StartRequest<'_>) -> ProviderErrorKind {
    let outcome = clerk.start(&Callers::direct(admin), request).await;
    outcome.unwrap_err().kind()
}

async fn started(clerk: &Clerk, request: &StartRequest<'_>) -> ActorToken {
    clerk
        .start(&Callers::direct("user_admin"), request)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_actor_is_the_verified_caller() {
    let server = StandIn::start();
    let request =
        StartRequest::new("user_1", "  the export of invoices fails\n").with_ticket("HELP-712");
    let token = started(&server.clerk(), &request).await;
    assert_eq!(token.id(), "act_0");
    assert_eq!(
        token.url(),
        "https://clerk.example.com/v1/tickets/accept?ticket=veryprivate.act_0"
    );
    assert_eq!(token.token(), Some("veryprivate.act_0"));
    let expected = json!({
        "user_id": "user_1",
        "actor": {"sub": "user_admin", "iss": CLERK, "reason": REASON, "ticket": "HELP-712"},
        "expires_in_seconds": 60,
        "session_max_duration_in_seconds": 1800,
    });
    assert_eq!(
        server.requests(),
        [("POST /v1/actor_tokens".to_owned(), expected)]
    );
}

#[tokio::test]
async fn the_session_says_who_started_it_and_why() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Why {
        reason: String,
    }
    let server = StandIn::start();
    let token = started(&server.clerk(), &StartRequest::new("user_1", REASON)).await;
    let act = server.accept(token.id(), "sess_1");
    let callers = Callers::new();
    let auth = callers.session("user_1", Some(&act));
    let actor = auth.actor.as_ref().unwrap();
    let admin = Callers::direct("user_admin");
    assert_eq!(actor.issuer.as_str(), admin.issuer.as_str());
    assert_eq!(actor.subject.as_str(), admin.user_id.as_str());
    assert_eq!(actor.claims::<Why>().unwrap().reason, REASON);
    // From within it, there is nothing to start another one with.
    assert!(auth.direct().is_none());
}

#[tokio::test]
async fn a_request_shortens_the_session_and_never_lengthens_it() {
    let server = StandIn::start();
    let clerk = server
        .builder()
        .with_max_duration(Duration::from_mins(10))
        .with_token_lifetime(Duration::from_secs(15))
        .build()
        .unwrap();
    for (asked, expected) in [(None, 600), (Some(90), 90), (Some(601), 600)] {
        let mut request = StartRequest::new("user_1", REASON);
        if let Some(seconds) = asked {
            request = request.with_max_duration(Duration::from_secs(seconds));
        }
        started(&clerk, &request).await;
        let (_, body) = server.requests().pop().unwrap();
        assert_eq!(body["session_max_duration_in_seconds"], expected);
        assert_eq!(body["expires_in_seconds"], 15);
    }
    let request = StartRequest::new("user_1", REASON).with_max_duration(Duration::from_millis(999));
    let kind = refused(&clerk, "user_admin", &request).await;
    assert_eq!(kind, ProviderErrorKind::MaxDuration);
}

#[tokio::test]
async fn what_may_not_start_is_not_sent() {
    let server = StandIn::start();
    let clerk = server.clerk();
    let long = "r".repeat(501);
    let wide = "\u{1f980}".repeat(400);
    let long_ticket = "t".repeat(129);
    for (admin, user, reason, ticket, expected) in [
        ("user_1", "user_1", REASON, None, ProviderErrorKind::OwnUser),
        ("user_a", "", REASON, None, ProviderErrorKind::Id),
        (
            "user_a",
            "a@example.com",
            REASON,
            None,
            ProviderErrorKind::Id,
        ),
        ("user_a", "user_1", "", None, ProviderErrorKind::Reason),
        (
            "user_a",
            "user_1",
            "too short",
            None,
            ProviderErrorKind::Reason,
        ),
        (
            "user_a",
            "user_1",
            "     short     ",
            None,
            ProviderErrorKind::Reason,
        ),
        (
            "user_a",
            "user_1",
            "a reason\nin lines",
            None,
            ProviderErrorKind::Reason,
        ),
        ("user_a", "user_1", &long, None, ProviderErrorKind::Reason),
        (
            "user_a",
            "user_1",
            &wide,
            None,
            ProviderErrorKind::ActorTooLarge,
        ),
        (
            "user_a",
            "user_1",
            REASON,
            Some(""),
            ProviderErrorKind::Ticket,
        ),
        (
            "user_a",
            "user_1",
            REASON,
            Some("a\0b"),
            ProviderErrorKind::Ticket,
        ),
        (
            "user_a",
            "user_1",
            REASON,
            Some(&long_ticket),
            ProviderErrorKind::Ticket,
        ),
    ] {
        let mut request = StartRequest::new(user, reason);
        if let Some(ticket) = ticket {
            request = request.with_ticket(ticket);
        }
        assert_eq!(
            refused(&clerk, admin, &request).await,
            expected,
            "{request:?}"
        );
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_bounds_of_a_reason_count_characters_and_can_be_set() {
    let server = StandIn::start();
    for reason in ["äöüäöüäöüä", &"ä".repeat(500)] {
        started(&server.clerk(), &StartRequest::new("user_1", reason)).await;
    }
    let clerk = server.builder().with_reason_length(1..=3).build().unwrap();
    started(&clerk, &StartRequest::new("user_1", "why")).await;
    let kind = refused(&clerk, "user_admin", &StartRequest::new("user_1", "what")).await;
    assert_eq!(kind, ProviderErrorKind::Reason);
}

#[tokio::test]
async fn an_answer_about_something_else_starts_nothing() {
    let server = StandIn::start();
    let clerk = server.clerk();
    let request = StartRequest::new("user_1", REASON);
    let answer = json!({
        "object": "actor_token", "id": "act_1", "status": "pending", "user_id": "user_1",
        "actor": {"sub": "user_admin", "iss": CLERK, "reason": REASON},
        "url": "https://clerk.example.com/v1/tickets/accept?ticket=x", "created_at": 1, "updated_at": 1,
    });
    server.next(Reply::json(200, &answer));
    assert_eq!(started(&clerk, &request).await.token(), None);
    for (member, value) in [
        ("user_id", json!("user_2")),
        ("actor", json!({"sub": "user_2", "iss": CLERK})),
        (
            "actor",
            json!({"sub": "user_admin", "iss": "https://other.example"}),
        ),
        ("actor", json!({"sub": "user_admin"})),
        ("actor", json!(null)),
        ("status", json!("accepted")),
        ("id", json!("../sessions")),
        ("url", json!(null)),
        ("url", json!("javascript:alert(1)")),
        ("url", json!("http://clerk.example.com/")),
    ] {
        let mut changed = answer.clone();
        changed[member] = value;
        server.next(Reply::json(200, &changed));
        let kind = refused(&clerk, "user_admin", &request).await;
        assert_eq!(kind, ProviderErrorKind::Unreadable, "{changed}");
    }
}
