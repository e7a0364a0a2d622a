//! What ends an impersonation: revoked before it began, found while it lasts, ended.

use actas_issuer::provider::{ProviderErrorKind, StartRequest};
use serde_json::{Value, json};

use crate::support::{CLERK, Callers, Reply, StandIn};

#[tokio::test]
async fn an_actor_token_is_revoked_until_it_is_used() {
    let server = StandIn::start();
    let clerk = server.clerk();
    let admin = Callers::direct("user_admin");
    let request = StartRequest::new("user_1", "the export of invoices fails");
    let unused = clerk.start(&admin, &request).await.unwrap();
    let used = clerk.start(&admin, &request).await.unwrap();
    server.accept(used.id(), "sess_1");
    assert_eq!(clerk.revoke_actor_token(unused.id()).await, Ok(()));
    let outcome = |error: actas_issuer::provider::ProviderError| error.kind();
    for (id, expected) in [
        (unused.id(), ProviderErrorKind::NotPending),
        (used.id(), ProviderErrorKind::NotPending),
        ("act_9", ProviderErrorKind::NotFound),
        ("act_0/../act_1", ProviderErrorKind::Id),
    ] {
        let error = clerk.revoke_actor_token(id).await.unwrap_err();
        assert_eq!(outcome(error), expected, "{id}");
    }
    // Then its session is found by its actor, and ended.
    let live = clerk.live_impersonations("user_1").await.unwrap();
    let [session] = live.as_slice() else {
        panic!("{live:?}");
    };
    assert!(session.actor.is(CLERK, "user_admin"));
    assert_eq!(clerk.end_session(&session.id).await, Ok(()));
    assert_eq!(server.status_of_session("sess_1"), "revoked");
    assert_eq!(clerk.live_impersonations("user_1").await, Ok(Vec::new()));
    // A stop that is repeated is still a stop.
    assert_eq!(clerk.end_session(&session.id).await, Ok(()));
}

#[tokio::test]
async fn only_live_impersonated_sessions_of_the_user_are_listed() {
    let server = StandIn::start();
    let clerk = server.clerk();
    let dashboard = json!({"iss": "https://dashboard.clerk.com", "sid": "sess_0", "sub": "user_0"});
    let own = json!({"sub": "user_admin", "iss": CLERK, "reason": "why", "ticket": "T-1"});
    for (id, user_id, actor) in [
        ("sess_own", "user_1", &Value::Null),
        ("sess_dashboard", "user_1", &dashboard),
        ("sess_admin", "user_1", &own),
        ("sess_plain", "user_1", &json!({"sub": "user_admin"})),
        // Whatever its actor is, somebody acts.
        ("sess_false", "user_1", &json!(false)),
        ("sess_list", "user_1", &json!([1])),
        ("sess_other", "user_2", &own),
        ("sess_ended", "user_1", &own),
    ] {
        server.sign_in(id, user_id, actor);
    }
    assert_eq!(clerk.end_session("sess_ended").await, Ok(()));
    let live = clerk.live_impersonations("user_1").await.unwrap();
    let found: Vec<_> = live.iter().map(|session| &*session.id).collect();
    assert_eq!(
        found,
        [
            "sess_list",
            "sess_false",
            "sess_plain",
            "sess_admin",
            "sess_dashboard"
        ]
    );
    let by_admin: Vec<_> = live
        .iter()
        .filter(|session| session.actor.is(CLERK, "user_admin"))
        .map(|session| &*session.id)
        .collect();
    assert_eq!(by_admin, ["sess_plain", "sess_admin"]);
    let session = &live[3];
    assert_eq!(session.user_id, "user_1");
    assert_eq!(session.actor.reason.as_deref(), Some("why"));
    assert_eq!(session.actor.ticket.as_deref(), Some("T-1"));
    assert_eq!(
        (
            session.created_at,
            session.last_active_at,
            session.expires_at
        ),
        (1_790_000_000, 1_790_000_060, 1_790_001_800)
    );
}

#[tokio::test]
async fn every_page_is_read() {
    let server = StandIn::start();
    let clerk = server.clerk();
    for number in 0..401 {
        // The impersonated ones lie on three pages.
        let actor = if number % 200 == 0 {
            json!({"sub": "user_admin"})
        } else {
            Value::Null
        };
        server.sign_in(&format!("sess_{number}"), "user_1", &actor);
    }
    let live = clerk.live_impersonations("user_1").await.unwrap();
    let found: Vec<_> = live.iter().map(|session| &*session.id).collect();
    assert_eq!(found, ["sess_400", "sess_200", "sess_0"]);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_session_that_moves_to_the_next_page_is_listed_once() {
    let server = StandIn::start();
    let clerk = server.clerk();
    for number in 0..200 {
        server.sign_in(
            &format!("sess_{number}"),
            "user_1",
            &json!({"sub": "user_admin"}),
        );
    }
    let first = server.page_of("user_1");
    // One that began after the first page was read.
    server.sign_in("sess_new", "user_1", &Value::Null);
    server.next(Reply::json(200, &first));
    let live = clerk.live_impersonations("user_1").await.unwrap();
    assert_eq!(server.requests().len(), 2);
    assert_eq!(live.len(), 200);
}

#[tokio::test]
async fn a_list_that_does_not_end_is_refused_and_not_cut() {
    let server = StandIn::start();
    let clerk = server.builder();
    let clerk = clerk.with_timeout(std::time::Duration::from_mins(1));
    let clerk = clerk.build().unwrap();
    for number in 0..200 {
        server.sign_in(&format!("sess_{number}"), "user_1", &Value::Null);
    }
    let page = server.clerk().live_impersonations("user_2").await;
    assert_eq!(page, Ok(Vec::new()));
    let page = server.page_of("user_1");
    for _ in 0..50 {
        server.next(Reply::json(200, &page));
    }
    let error = clerk.live_impersonations("user_1").await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::TooManySessions);
    assert_eq!(server.requests().len(), 51);
}

#[tokio::test]
async fn an_answer_that_does_not_say_so_ended_nothing() {
    let server = StandIn::start();
    let clerk = server.clerk();
    server.sign_in("sess_1", "user_1", &Value::Null);
    let session = server.page_of("user_1")[0].clone();
    for (member, value) in [
        ("id", json!("sess_2")),
        ("status", json!("active")),
        ("status", json!("pending")),
    ] {
        let mut changed = session.clone();
        changed["status"] = json!("revoked");
        changed[member] = value;
        server.next(Reply::json(200, &changed));
        let error = clerk.end_session("sess_1").await.unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Unreadable, "{changed}");
    }
    let mut other = session.clone();
    other["user_id"] = json!("user_2");
    server.next(Reply::json(200, &json!([other])));
    let error = clerk.live_impersonations("user_1").await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Unreadable);
    let token = json!({
        "object": "actor_token", "id": "act_1", "status": "pending", "user_id": "user_1",
        "actor": {"sub": "user_admin"}, "created_at": 1, "updated_at": 1,
    });
    server.next(Reply::json(200, &token));
    let error = clerk.revoke_actor_token("act_1").await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Unreadable);
}

#[tokio::test]
async fn what_is_no_id_reaches_no_path() {
    let server = StandIn::start();
    let clerk = server.clerk();
    for id in [
        "",
        "..",
        "sess_1/revoke?x",
        "sess_1%2Frevoke",
        "sess 1",
        "sess_\r\n",
    ] {
        for outcome in [
            clerk.end_session(id).await,
            clerk.revoke_actor_token(id).await,
            clerk.live_impersonations(id).await.map(drop),
        ] {
            assert_eq!(outcome.unwrap_err().kind(), ProviderErrorKind::Id, "{id:?}");
        }
    }
    assert_eq!(
        clerk.end_session("sess_9").await.unwrap_err().kind(),
        ProviderErrorKind::NotFound
    );
    assert_eq!(server.requests().len(), 1);
}
