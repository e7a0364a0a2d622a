use std::time::Duration;

use actas_core::ErrorKind;
use actas_issuer::{ImpersonationsBuilder, SessionClaims, SetupError, StartError, StartRequest};
use serde_json::{Value, json};

use crate::engine::{Engine, ISSUER, START};
use crate::node::{REASON, request};
use crate::rules::Generous;

pub(crate) async fn a_start_becomes_a_session_that_is_recorded_first(engine: &Engine) {
    let node = engine.node().await;
    let admin = engine.direct("admin_1");
    let asked = request("user_1")
        .with_ticket(" HELP-712 ")
        .with_max_duration(Duration::from_mins(5));
    let given = crate::node::given(node.impersonations.start(&admin, asked).await.unwrap());
    assert_eq!((given.ticket.len(), given.binding.len()), (43, 43));
    let start = i64::try_from(START).unwrap();
    assert_eq!((given.expires_at, given.ends_at), (start + 60, start + 300));

    // It is there before the ticket is used.
    let recorded = node.recorded(given.session).await.unwrap();
    assert_eq!((&*recorded.issuer, &*recorded.user_id), (ISSUER, "user_1"));
    assert_eq!(recorded.actor_subject, "admin_1");
    assert_eq!(recorded.actor_issuer, *admin.issuer);
    assert_eq!(recorded.reason.as_deref(), Some(REASON));
    assert_eq!(recorded.ticket.as_deref(), Some("HELP-712"));
    assert_eq!(recorded.status.name(), "active");

    engine.clock.forward(30);
    let redeemed = node.redeem(&admin, &given).await;
    assert_eq!(redeemed.session, given.session);
    assert_eq!(
        (&*redeemed.user_id, redeemed.ends_at),
        ("user_1", start + 300)
    );
    let auth = node.request(&redeemed.token).await.unwrap();
    assert_eq!((&*auth.user_id, auth.expires_at), ("user_1", start + 300));
    let actor: Value = auth.actor.as_ref().unwrap().claims().unwrap();
    let expected = json!({
        "iss": &*admin.issuer, "sub": "admin_1", "sid": admin.session_id.as_deref(),
        "reason": REASON, "ticket": "HELP-712",
    });
    assert_eq!(actor, expected);
    // Its requests belong to the session that was recorded.
    let sessions = node.all_recorded().await;
    assert_eq!((sessions.len(), sessions[0].requests), (1, 1));
    assert_eq!(
        serde_json::from_str::<Value>(&sessions[0].actor).unwrap(),
        expected
    );
}

pub(crate) async fn what_is_asked_for_is_judged_by_its_form(engine: &Engine) {
    let node = engine.node().await;
    let admin = engine.direct("admin_1");
    let with_reason = |reason: &str| StartRequest::new("user_1".parse().unwrap(), reason);
    for (asked, error) in [
        (with_reason(""), StartError::Reason),
        (with_reason("too short"), StartError::Reason),
        (
            with_reason(&format!("short{}", " ".repeat(9))),
            StartError::Reason,
        ),
        (with_reason(&"a".repeat(501)), StartError::Reason),
        (with_reason("an odd\u{1b} reason"), StartError::Reason),
        (request("user_1").with_ticket("  "), StartError::Ticket),
        (
            request("user_1").with_ticket("a".repeat(129)),
            StartError::Ticket,
        ),
        (request("user_1").with_ticket("a\nb"), StartError::Ticket),
        (
            request("user_1").with_max_duration(Duration::from_millis(999)),
            StartError::MaxDuration,
        ),
    ] {
        let refused = node.impersonations.start(&admin, asked).await.unwrap_err();
        assert_eq!(refused, error);
    }
    assert!(node.all_recorded().await.is_empty());
    // It is cut to what is set, and not refused.
    let long = with_reason(&"é".repeat(500)).with_max_duration(Duration::from_hours(9));
    let given = node.impersonations.start(&admin, long).await.unwrap();
    let ends_at = crate::node::given(given).ends_at;
    assert_eq!(ends_at, engine.clock.seconds() + 1800);
}

pub(crate) async fn missing_and_refused_users_are_one_answer(engine: &Engine) {
    let node = engine.node().await;
    let admin = engine.direct("admin_1");
    for user_id in [
        "nobody", "admin_1", "admin_2", "lead_1", "boss_1", "user_off", "user_far",
    ] {
        let refused = node.start(&admin, user_id).await.map(drop);
        assert_eq!(refused, Err(StartError::Refused), "{user_id}");
    }
    for actor in ["user_1", "lead_1", "nobody"] {
        for user_id in ["user_2", "nobody"] {
            let refused = node.start(&engine.direct(actor), user_id).await.map(drop);
            assert_eq!(refused, Err(StartError::Refused), "{actor} {user_id}");
        }
    }
    // The same id of another issuer is somebody else.
    let issuer = node.impersonations.issuer();
    let token = issuer
        .mint(&SessionClaims::new("admin_1", "sess_1"))
        .unwrap();
    let other = issuer.verifier().unwrap().verify(&token).now().unwrap();
    let other = other.direct().unwrap();
    let refused = node.start(&other, "user_1").await.map(drop);
    assert_eq!(refused, Err(StartError::Refused));
    let away = node.start(&admin, "away").await.map(drop);
    assert_eq!(away, Err(StartError::Unavailable));
    assert!(node.all_recorded().await.is_empty());

    let far = actas_issuer::User::new(["support"]).with_organization("org_far");
    engine.directory.put("admin_1", far);
    node.start(&admin, "user_far").await.unwrap();
    assert_eq!(
        node.start(&admin, "user_1").await.map(drop),
        Err(StartError::Refused)
    );
}

pub(crate) async fn a_login_can_have_to_be_fresh(engine: &Engine) {
    let node = engine
        .node_with(|builder| builder.with_fresh_login(Duration::from_mins(10)))
        .await;
    let aged = |first, second| {
        let session = engine.session("admin_1").with_factor_age(first, second);
        engine.verified(&session)
    };
    for stale in [
        engine.direct("admin_1"),
        aged(Some(11), Some(0)),
        aged(None, Some(0)),
    ] {
        let refused = node.start(&stale, "user_1").await.map(drop);
        assert_eq!(refused, Err(StartError::NotFresh));
    }
    // It is judged by the time that has passed since the token was issued, too.
    let fresh = aged(Some(9), None);
    engine.clock.forward(61);
    let refused = node.start(&fresh, "user_1").await.map(drop);
    assert_eq!(refused, Err(StartError::NotFresh));
    node.start(&aged(Some(10), None), "user_1").await.unwrap();
}

pub(crate) async fn nothing_starts_that_cannot_be_recorded(engine: &Engine) {
    let node = engine
        .node_with(|builder| builder.with_starts_per_hour(1))
        .await;
    let admin = engine.direct("admin_1");
    let held = engine.hold_record().await;
    for _ in 0..2 {
        let refused = node.start(&admin, "user_1").await.map(drop);
        assert_eq!(refused, Err(StartError::Unavailable));
    }
    assert_eq!(engine.number("SELECT COUNT(*) FROM tickets").await, 0);
    held.release().await;

    // What was written late is ended, and counts for nothing.
    node.log.sweep().await.unwrap();
    node.impersonations.recheck().await.unwrap();
    for session in node.all_recorded().await {
        assert_eq!(session.end_reason.as_deref(), Some("not_started"));
    }
    let redeemed = node.begin(&admin, "user_1").await;
    node.request(&redeemed.token).await.unwrap();
}

pub(crate) async fn a_token_that_no_cookie_holds_is_not_started(engine: &Engine) {
    let set = |builder: ImpersonationsBuilder| builder.with_reason_length(1..=4000);
    let node = engine.node_with(set).await;
    let admin = engine.direct("admin_1");
    let long = StartRequest::new("user_1".parse().unwrap(), "a".repeat(3000));
    let refused = node.impersonations.start(&admin, long).await.map(drop);
    assert_eq!(refused.unwrap_err(), StartError::TooLarge);
    assert!(node.all_recorded().await.is_empty());
}

pub(crate) async fn what_the_application_adds_is_in_the_token(engine: &Engine) {
    let node = engine.node_of(|builder| builder, Generous).await;
    let admin = engine.direct("admin_1");
    let redeemed = node.begin(&admin, "user_1").await;
    let auth = node.request(&redeemed.token).await.unwrap();
    assert_eq!(&*auth.user_id, "user_1");
    assert_ne!(auth.session_id.as_deref(), Some("sess_7"));
    assert_eq!(auth.expires_at, redeemed.ends_at);
    assert_eq!(auth.factor_verification_age(), None);
    assert!(auth.is_impersonated() && auth.has_role("member"));
    assert_eq!(
        auth.authorized_party.as_deref(),
        Some("https://app.example.com")
    );
    assert_eq!(auth.claims::<Value>().unwrap()["plan"], "pro");
    // The organisation is part of what the record knows the session by.
    let sessions = node.all_recorded().await;
    assert_eq!((sessions.len(), sessions[0].id), (1, redeemed.session));
    let stopped = node
        .impersonations
        .stop(&node.to_end(&redeemed.token))
        .await;
    assert!(stopped.recorded);
    let refused = node.request(&redeemed.token).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ImpersonationEnded);
}

pub(crate) async fn starts_lie_beside_the_record(engine: &Engine) {
    let nodes = [
        engine.node_with(|_| engine.beside_record()).await,
        engine.node_with(|_| engine.beside_record()).await,
    ];
    let redeemed = nodes[0].begin(&engine.direct("admin_1"), "user_1").await;
    nodes[1].request(&redeemed.token).await.unwrap();
    nodes[1].impersonations.recheck().await.unwrap();
    let ended = nodes[1].to_end(&redeemed.token);
    assert!(nodes[1].impersonations.stop(&ended).await.recorded);
}

pub(crate) async fn what_is_set_is_judged(engine: &Engine) {
    type Set = fn(ImpersonationsBuilder) -> ImpersonationsBuilder;
    let settings: [(Set, &str); 8] = [
        (
            |b| b.with_reason_length(0..=9),
            "length of a reason, which begins at 1 character",
        ),
        (
            |b| b.with_max_duration(Duration::from_secs(86_401)),
            "duration of an impersonation, which is a second to a day",
        ),
        (
            |b| b.with_idle_limit(Duration::ZERO),
            "may be idle, which is a second at least",
        ),
        (
            |b| b.with_ticket_lifetime(Duration::from_secs(61)),
            "lifetime of a ticket, which is 1 to 60 seconds",
        ),
        (
            |b| b.with_approval_lifetime(Duration::ZERO),
            "an approval, which is a second to a day",
        ),
        (
            |b| b.with_starts_per_hour(0),
            "starts in an hour, which is 1 at least",
        ),
        (
            |b| b.with_concurrent_sessions(0),
            "concurrent sessions, which is 1 at least",
        ),
        (
            |b| b.with_recheck_interval(Duration::ZERO),
            "rechecks, which is more than none",
        ),
    ];
    for (set, name) in settings {
        let refused = engine.try_node(set, Generous).await.map(drop);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(name), "{refused}");
    }
    // Its issuer is on https.
    let set: Set = ImpersonationsBuilder::insecure_cookies_on_loopback;
    let refused = engine.try_node(set, Generous).await.map(drop);
    assert!(matches!(refused, Err(SetupError::InsecureCookies)));
}
