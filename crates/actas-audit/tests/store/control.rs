//! How sessions are ended, and what that keeps from running.

use std::time::{Duration, Instant};

use actas_audit::{
    AuditLog, AuditScope, EventKind, NewSession, RecordError, RecordedActor, RecordedActorKind,
    SessionEnded, SessionQuery, SessionStatus, Timestamp,
};
use actas_core::{AuditContext, ErrorKind};
use serde_json::{Value, json};

use crate::engine::{Engine, events, kinds, session, session_id, sessions, verify};
use crate::issuer::ISSUER;

/// The rule that refuses a request.
pub(crate) async fn refusal(engine: &Engine, log: &AuditLog, claims: &Value) -> ErrorKind {
    let reserved = engine.issuer.reserve(log, "GET", claims).await;
    reserved.unwrap_err().kind()
}

/// The context of a request that has run.
pub(crate) async fn context(engine: &Engine, log: &AuditLog, claims: &Value) -> AuditContext {
    let reserved = engine.issuer.reserve(log, "GET", claims).await;
    let (auth, recording) = reserved.unwrap();
    recording.complete();
    auth.audit_context().unwrap()
}

/// The words of the ends that are recorded of a session.
pub(crate) async fn ends(log: &AuditLog, sid: &str) -> Vec<String> {
    let events = events(log, sid).await.into_iter();
    let ends = events.filter_map(|event| match event.kind {
        EventKind::SessionEnded(SessionEnded { reason }) => Some(reason),
        _ => None,
    });
    ends.collect()
}

pub(crate) async fn an_ended_session_never_goes_on(engine: &Engine) {
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    engine.issuer.clock.forward(1);
    log.end(ISSUER, "sid:sess_1", "signed_out").await.unwrap();
    let ended = session(&log, "sess_1").await;
    assert_eq!(ended.status, SessionStatus::Ended);
    log.sweep().await.unwrap();
    assert_eq!(verify(engine, &log).await.unwrap().unsigned_events, 0);

    // From memory here, and by the record where it is opened anew; nor does it with another token.
    let exp = engine.issuer.clock.seconds() + 9;
    for (log, claims) in [
        (log.clone(), json!({})),
        (engine.open().await, json!({ "exp": exp })),
    ] {
        let kind = refusal(engine, &log, &claims).await;
        assert_eq!(kind, ErrorKind::ImpersonationEnded);
        log.sweep().await.unwrap();
    }
    // The word of the first end is kept.
    log.end(ISSUER, "sid:sess_1", "revoked").await.unwrap();
    log.sweep().await.unwrap();
    assert_eq!(ends(&log, "sess_1").await, ["signed_out"]);
    let ended = session(&log, "sess_1").await;
    assert_eq!(ended.end_reason.as_deref(), Some("signed_out"));
    assert_eq!((ended.requests, ended.refusals), (1, 2));
    let refused: Vec<_> = events(&log, "sess_1").await;
    let refused = refused.iter().filter_map(|event| match &event.kind {
        EventKind::RefusedToken(refused) => Some(refused.rule.as_str()),
        _ => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), ["impersonation_ended"; 2]);
    verify(engine, &log).await.unwrap();

    let unknown = log.end(ISSUER, "sid:other", "stopped").await.unwrap_err();
    assert!(matches!(unknown, RecordError::UnknownSession));
}

pub(crate) async fn a_request_is_refused_where_another_process_ended_its_session(engine: &Engine) {
    let (log, other) = (engine.open().await, engine.open().await);
    let context = context(engine, &log, &json!({})).await;
    assert!(other.stop(&context, "stopped").await.recorded);
    let kind = refusal(engine, &log, &json!({})).await;
    assert_eq!(kind, ErrorKind::ImpersonationEnded);
    // Work of before can still be recorded.
    log.record(&context, "mail.send", []).await.unwrap();
    log.sweep().await.unwrap();
    assert_eq!(session(&log, "sess_1").await.requests, 1);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_stop_takes_effect_while_the_database_is_away(engine: &Engine) {
    let deadline = Duration::from_millis(300);
    let builder = engine.builder().with_deadline(deadline);
    let log = builder.open().await.unwrap();
    let context = context(engine, &log, &json!({})).await;
    log.sweep().await.unwrap();

    let away = engine.lock().await;
    let start = Instant::now();
    for _ in 0..3 {
        assert!(!log.stop(&context, "stopped").await.recorded);
    }
    assert!(start.elapsed() < deadline * 9, "{:?}", start.elapsed());
    let start = Instant::now();
    let kind = refusal(engine, &log, &json!({})).await;
    assert_eq!(kind, ErrorKind::ImpersonationEnded);
    assert!(start.elapsed() < deadline, "it asked the database");
    drop(away);

    log.close().await;
    let log = engine.open().await;
    assert_eq!(ends(&log, "sess_1").await, ["stopped"]);
    assert!(log.stop(&context, "stopped").await.recorded);
    assert_eq!(ends(&log, "sess_1").await, ["stopped"]);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_request_that_waits_does_not_run_after_a_stop(engine: &Engine) {
    let log = engine.open().await;
    let context = context(engine, &log, &json!({})).await;
    log.sweep().await.unwrap();
    let away = engine.lock().await;
    let claims = json!({});
    let mut request = Box::pin(engine.issuer.reserve(&log, "GET", &claims));
    let mut stop = Box::pin(log.stop(&context, "stopped"));
    let early = Duration::from_millis(100);
    tokio::time::timeout(early, &mut request).await.unwrap_err();
    tokio::time::timeout(early, &mut stop).await.unwrap_err();
    drop(away);
    let refused = request.await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ImpersonationEnded);
    assert!(stop.await.recorded);
    log.sweep().await.unwrap();
    let aborted = "SELECT COUNT(*) FROM events WHERE kind = 'outcome' AND body LIKE '%aborted%'";
    assert_eq!(engine.number(aborted).await, 1);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_stop_waits_for_no_room(engine: &Engine) {
    let builder = engine.builder().with_capacity(1);
    let log = builder.open().await.unwrap();
    let reserved = engine.issuer.reserve(&log, "GET", &json!({})).await;
    let (auth, running) = reserved.unwrap();
    let context = auth.audit_context().unwrap();
    log.record(&context, "mail.send", []).await.unwrap();
    assert!(log.stop(&context, "stopped").await.recorded);
    running.complete();
    log.sweep().await.unwrap();
    assert_eq!(kinds(&log, "sess_1").await.len(), 5);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_stop_of_what_is_not_recorded_says_so(engine: &Engine) {
    let log = engine.open().await;
    let mut context = context(engine, &log, &json!({})).await;
    "sid:sess_2".clone_into(&mut context.session);
    assert!(!log.stop(&context, "stopped").await.recorded);
    let kind = refusal(engine, &log, &json!({"sid": "sess_2"})).await;
    assert_eq!(kind, ErrorKind::ImpersonationEnded);
    log.sweep().await.unwrap();
    let all = SessionQuery::new(AuditScope::All);
    assert_eq!(sessions(&log, &all).await.items.len(), 1);
}

pub(crate) async fn what_ran_after_the_end_is_recorded(engine: &Engine) {
    let other = engine.open().await;
    let context = context(engine, &other, &json!({})).await;
    other.sweep().await.unwrap();
    let builder = engine.builder();
    let log = builder.buffered_and_may_lose_records(Duration::from_hours(1));
    let log = log.open().await.unwrap();
    assert!(other.stop(&context, "stopped").await.recorded);
    // Its records are written in an hour, or when somebody waits.
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    let kind = refusal(engine, &log, &json!({})).await;
    assert_eq!(kind, ErrorKind::ImpersonationEnded);
    assert_eq!(
        kinds(&log, "sess_1").await,
        [
            "session_started",
            "request",
            "outcome",
            "session_ended",
            "request",
            "outcome"
        ]
    );
    assert_eq!(session(&log, "sess_1").await.status, SessionStatus::Ended);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn one_actor_takes_half_of_the_room(engine: &Engine) {
    let builder = engine.builder().with_capacity(4);
    let log = builder.with_deadline(Duration::from_millis(300));
    let log = log.open().await.unwrap();
    let mut running = Vec::new();
    for _ in 0..2 {
        let reserved = engine.issuer.reserve(&log, "GET", &json!({})).await;
        running.push(reserved.unwrap().1);
    }
    // In whatever session.
    let kind = refusal(engine, &log, &json!({"sid": "sess_2"})).await;
    assert_eq!(kind, ErrorKind::AuditUnavailable);
    let other = json!({"sid": "sess_3", "act": {"sub": "admin_2"}});
    engine.issuer.request(&log, "GET", &other).await;
    let namesake =
        json!({"sid": "sess_4", "act": {"sub": "admin_1", "iss": "https://other.example"}});
    engine.issuer.request(&log, "GET", &namesake).await;
    running.remove(0).complete();
    log.sweep().await.unwrap();
    engine.issuer.request(&log, "GET", &json!({})).await;
}

/// What an issuer tells of the session `sid`, in which `admin_1` acts as `user_1` for an hour.
pub(crate) fn new_session(engine: &Engine, sid: &str) -> NewSession {
    let ends_at = i64::try_from(engine.issuer.clock.seconds() + 3600).unwrap();
    NewSession {
        issuer: ISSUER.to_owned(),
        session_id: sid.to_owned(),
        user_id: "user_1".to_owned(),
        actor: RecordedActor {
            issuer: ISSUER.to_owned(),
            token_issuer: ISSUER.to_owned(),
            subject: "admin_1".to_owned(),
            kind: RecordedActorKind::Human,
            session_id: None,
            prior: Vec::new(),
        },
        authorized_party: Some("https://app.example.com".to_owned()),
        organization_id: None,
        reason: Some("cannot pay".to_owned()),
        ticket: Some("T-1".to_owned()),
        ends_at: Timestamp::from_seconds(ends_at),
        idle_limit: None,
        act: json!({"sub": "admin_1"}).to_string(),
    }
}

pub(crate) async fn a_start_is_recorded_before_the_session_is_used(engine: &Engine) {
    let log = engine.open().await;
    let new = new_session(engine, "sess_1");
    let id = log.start(new.clone()).await.unwrap();
    assert_eq!(id, session_id("sess_1"));
    let started = session(&log, "sess_1").await;
    assert_eq!((started.id, started.requests), (id, 0));
    assert_eq!(started.status, SessionStatus::Active);
    assert_eq!(started.reason.as_deref(), Some("cannot pay"));
    assert_eq!(started.actor, r#"{"sub":"admin_1"}"#);
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    assert_eq!(
        kinds(&log, "sess_1").await,
        ["session_started", "request", "outcome"]
    );
    // No other session has its name, nor when it has ended.
    for _ in 0..2 {
        let exists = log.start(new.clone()).await.unwrap_err();
        assert!(matches!(exists, RecordError::SessionExists), "{exists}");
        log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    }
    log.sweep().await.unwrap();
    let report = verify(engine, &log).await.unwrap();
    assert_eq!((report.sessions, report.unsigned_events), (1, 0));
}

pub(crate) async fn no_session_starts_that_cannot_be_recorded(engine: &Engine) {
    let builder = engine.builder().with_deadline(Duration::from_millis(300));
    let log = builder.open().await.unwrap();
    log.sweep().await.unwrap();
    let away = engine.lock().await;
    let error = log.start(new_session(engine, "sess_1")).await.unwrap_err();
    assert!(matches!(error, RecordError::NotWritten), "{error}");
    drop(away);
    log.close().await;
}

pub(crate) async fn a_session_that_is_left_idle_ends(engine: &Engine) {
    let builder = engine.builder().with_idle_limit(Duration::from_mins(10));
    let log = builder.open().await.unwrap();
    let clock = &engine.issuer.clock;
    log.start(NewSession {
        idle_limit: Some(Duration::from_mins(20)),
        ..new_session(engine, "sess_2")
    })
    .await
    .unwrap();
    clock.forward(1);
    for _ in 0..2 {
        engine.issuer.request(&log, "GET", &json!({})).await;
        assert_eq!(session(&log, "sess_1").await.idle_limit, Some(600));
        clock.forward(600);
        assert_eq!(session(&log, "sess_1").await.status, SessionStatus::Active);
    }
    let EventKind::SessionStarted(started) = events(&log, "sess_1").await.remove(0).kind else {
        panic!("the first event is the start");
    };
    assert_eq!(started.idle_limit, Some(600));
    clock.forward(1);
    // No job has run.
    let status = async |status| {
        let query = SessionQuery::new(AuditScope::All).with_status(status);
        let page = sessions(&log, &query).await.items.into_iter();
        page.map(|session| session.session_id.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(status(SessionStatus::Expired).await, ["sess_1", "sess_2"]);
    assert_eq!(status(SessionStatus::Active).await, [""; 0]);
    for _ in 0..2 {
        let kind = refusal(engine, &log, &json!({})).await;
        assert_eq!(kind, ErrorKind::ImpersonationEnded);
    }
    assert_eq!(ends(&log, "sess_1").await, ["idle"]);
    assert_eq!(session(&log, "sess_1").await.status, SessionStatus::Expired);
    assert_eq!(status(SessionStatus::Expired).await, ["sess_1", "sess_2"]);
    assert_eq!(status(SessionStatus::Ended).await, [""; 0]);

    // The other is ended and closed by the sweep, once no request of before can wait any longer.
    log.sweep().await.unwrap();
    assert_eq!(ends(&log, "sess_2").await, [""; 0]);
    clock.forward(300);
    log.sweep().await.unwrap();
    assert_eq!(ends(&log, "sess_2").await, ["idle"]);
    // Both are opened and closed.
    assert_eq!(verify(engine, &log).await.unwrap().links, 4);
}
