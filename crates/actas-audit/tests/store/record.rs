//! What is recorded of sessions and their requests.

use std::time::Duration;

use actas_audit::{
    AuditScope, End, EventKind, Link, Problem, RecordError, RecordedActorKind, RecordedDecision,
    SessionQuery, SessionStatus, StoredRecord,
};
use actas_core::{Action, ErrorKind, Guard};
use serde_json::json;

use crate::engine::{Engine, events, kinds, session, sessions, verify};
use crate::issuer::{Head, ISSUER};

pub(crate) async fn a_request_is_on_disk_before_it_runs(engine: &Engine) {
    let log = engine.open().await;
    let (auth, mut recording) = engine
        .issuer
        .reserve(&log, "POST", &json!({}))
        .await
        .unwrap();
    let id = auth.audit_context().unwrap().request.unwrap();
    let written = format!("SELECT COUNT(*) FROM events WHERE kind = 'request' AND id = '{id}'");
    assert_eq!(engine.number(&written).await, 1);
    assert_eq!(
        engine
            .number("SELECT COUNT(*) FROM events WHERE kind = 'outcome'")
            .await,
        0
    );

    auth.note("invoice", 7);
    recording.answered(201);
    recording.complete();
    log.sweep().await.unwrap();
    let events = events(&log, "sess_1").await;
    let [_, request, outcome] = events.as_slice() else {
        panic!("{events:?}");
    };
    let EventKind::Request(request) = &request.kind else {
        panic!("{request:?}");
    };
    assert_eq!(request.method, "POST");
    assert_eq!(request.route.as_deref(), Some("/users/{id}"));
    assert_eq!(request.actor, None);
    let EventKind::Outcome(outcome) = &outcome.kind else {
        panic!("{outcome:?}");
    };
    assert_eq!(outcome.of.to_string(), id);
    assert_eq!((outcome.end, outcome.status), (End::Completed, Some(201)));
    assert_eq!(outcome.decision, RecordedDecision::Allowed);
    assert_eq!(outcome.notes[0].value, "7");

    let report = verify(engine, &log).await.unwrap();
    assert_eq!((report.sessions, report.events, report.links), (1, 3, 1));
    assert_eq!(report.unsigned_events, 2);
}

pub(crate) async fn a_session_is_summed_up(engine: &Engine) {
    let log = engine.open().await;
    let claims = json!({
        "azp": "https://app.example", "o": {"id": "org_1"}, "v": 2,
        "act": {"sub": "admin_1", "iss": "https://staff.example", "reason": "cannot pay", "ticket": "T-1"},
    });
    engine.issuer.request(&log, "GET", &claims).await;
    engine.issuer.clock.forward(10);
    engine.issuer.request(&log, "DELETE", &claims).await;
    let verifier = engine.issuer.verifier(&log);
    let auth = verifier.verify(&engine.issuer.token(&claims)).now();
    let upgrade = Head("GET", Some("websocket"));
    drop(
        verifier
            .reserve(&auth.unwrap(), &upgrade, None)
            .unwrap()
            .await,
    );
    log.sweep().await.unwrap();

    let session = session(&log, "sess_1").await;
    assert_eq!(session.issuer, ISSUER);
    assert_eq!(session.session_key, "sid:sess_1");
    assert_eq!(session.user_id, "user_1");
    assert_eq!(session.actor_subject, "admin_1");
    assert_eq!(session.actor_issuer, "https://staff.example");
    assert_eq!(session.actor_kind, "human");
    let actor: serde_json::Value = serde_json::from_str(&session.actor).unwrap();
    assert_eq!(actor, claims["act"]);
    assert_eq!(session.organization_id.as_deref(), Some("org_1"));
    assert_eq!(
        session.authorized_party.as_deref(),
        Some("https://app.example")
    );
    assert_eq!(session.reason.as_deref(), Some("cannot pay"));
    assert_eq!(session.ticket.as_deref(), Some("T-1"));
    assert_eq!(
        (
            session.requests,
            session.writes,
            session.refusals,
            session.events
        ),
        (3, 2, 0, 7)
    );
    let seconds = |from: u64, to: actas_audit::Timestamp| {
        to.milliseconds() / 1000 - i64::try_from(from).unwrap()
    };
    let start = crate::issuer::START;
    assert_eq!(seconds(start, session.created_at), 0);
    assert_eq!(seconds(start, session.last_active_at), 10);
    assert_eq!(seconds(start, session.expire_at), 3610);
    assert_eq!(session.status, SessionStatus::Active);
}

pub(crate) async fn no_reason_is_lost_for_its_shape(engine: &Engine) {
    let log = engine.open().await;
    // A name that serde_json has a meaning of its own for.
    let odd = json!({"$serde_json::private::RawValue": 7});
    for (sid, said, expected) in [
        (
            "a",
            json!({"reason": odd, "ticket": "T-1"}),
            (Some(odd.to_string()), Some("T-1")),
        ),
        (
            "b",
            json!({"reason": "cannot pay", "ticket": odd}),
            (
                Some("cannot pay".to_owned()),
                Some(r#"{"$serde_json::private::RawValue":7}"#),
            ),
        ),
        (
            "c",
            json!({"reason": ["a", "b"], "ticket": 7}),
            (Some(r#"["a","b"]"#.to_owned()), Some("7")),
        ),
        ("d", json!({"reason": null}), (None, None)),
    ] {
        let mut act = json!({"sub": "admin_1"});
        act.as_object_mut()
            .unwrap()
            .extend(said.as_object().unwrap().clone());
        let claims = json!({"sid": sid, "act": act});
        engine.issuer.request(&log, "GET", &claims).await;
        let session = session(&log, sid).await;
        let (reason, ticket) = expected;
        assert_eq!(
            (session.reason, session.ticket.as_deref()),
            (reason, ticket),
            "{sid}"
        );
    }
}

pub(crate) async fn what_is_refused_is_counted(engine: &Engine) {
    let log = engine.open().await;
    let (auth, mut recording) = engine
        .issuer
        .reserve(&log, "POST", &json!({}))
        .await
        .unwrap();
    let guard = Guard::deny_when_impersonated();
    guard
        .admit(Some(&auth), None, &Action::new("POST", None))
        .unwrap_err();
    recording.answered(403);
    recording.complete();
    log.sweep().await.unwrap();
    let EventKind::Outcome(outcome) = events(&log, "sess_1").await.remove(2).kind else {
        panic!("the third event is the outcome");
    };
    assert_eq!(outcome.decision, RecordedDecision::Denied);
    assert_eq!(outcome.rule.as_deref(), Some("deny_when_impersonated"));
    assert_eq!(session(&log, "sess_1").await.refusals, 1);
}

pub(crate) async fn one_that_ran_out_is_shown_as_expired_and_closed(engine: &Engine) {
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    engine.issuer.clock.forward(3600 + 1);
    // No job has run.
    assert_eq!(session(&log, "sess_1").await.status, SessionStatus::Expired);
    let list = |status| SessionQuery::new(AuditScope::All).with_status(status);
    assert_eq!(
        sessions(&log, &list(SessionStatus::Expired))
            .await
            .items
            .len(),
        1
    );
    assert_eq!(
        sessions(&log, &list(SessionStatus::Active))
            .await
            .items
            .len(),
        0
    );
    log.sweep().await.unwrap();
    assert_eq!(verify(engine, &log).await.unwrap().links, 1);
    engine.issuer.clock.forward(5 * 60);
    log.sweep().await.unwrap();
    let report = verify(engine, &log).await.unwrap();
    assert_eq!((report.links, report.unsigned_events), (2, 0));
    log.sweep().await.unwrap();
    assert_eq!(verify(engine, &log).await.unwrap().links, 2);
    // Long after, it is not missed that it was closed.
    engine.issuer.clock.forward(100 * 3600);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_long_session_is_open_until_its_last_token_expires(engine: &Engine) {
    const HOUR: u64 = 3600;
    let (log, clock) = (engine.open().await, &engine.issuer.clock);
    engine.issuer.request(&log, "GET", &json!({})).await;
    clock.forward(HOUR + 301);
    log.sweep().await.unwrap();
    assert_eq!(verify(engine, &log).await.unwrap().unsigned_events, 0);

    // Closed, since it had run out, and used again: at last by a token that is good for less long.
    let expiry = clock.seconds() + 30 * 24 * HOUR;
    for claims in [json!({"exp": expiry}), json!({})] {
        engine.issuer.request(&log, "GET", &claims).await;
    }
    log.sweep().await.unwrap();
    clock.forward(26 * HOUR);
    log.sweep().await.unwrap();
    assert_eq!(verify(engine, &log).await.unwrap().unsigned_events, 4);
    let said = events(&log, "sess_1").await.into_iter();
    let said = said.filter_map(|event| match event.kind {
        EventKind::Request(request) => Some(request.expires_at.unwrap().milliseconds()),
        _ => None,
    });
    let milliseconds = i64::try_from(expiry * 1000).unwrap();
    assert_eq!(said.skip(1).collect::<Vec<_>>(), [milliseconds; 2]);

    clock.forward(expiry + HOUR + 1 - clock.seconds());
    let finding = verify(engine, &log).await.unwrap_err();
    assert_eq!(finding.problem, Problem::NotClosed);
    log.sweep().await.unwrap();
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn time_does_not_go_back_when_a_clock_does(engine: &Engine) {
    let (log, clock) = (engine.open().await, &engine.issuer.clock);
    let early = crate::issuer::START - 5000;
    let (own, other) = (
        json!({"iat": early}),
        json!({"iat": early, "sid": "sess_2"}),
    );
    engine.issuer.request(&log, "GET", &own).await;
    clock.back(1000);
    engine.issuer.request(&log, "GET", &own).await;
    engine.issuer.request(&log, "GET", &other).await;
    clock.forward(2000);
    engine.issuer.request(&log, "GET", &own).await;
    clock.back(500);
    log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    log.sweep().await.unwrap();
    clock.forward(500);

    let start = i64::try_from(crate::issuer::START).unwrap();
    let seconds = |at: actas_audit::Timestamp| at.milliseconds() / 1000 - start;
    let times = async |sid| {
        let events = events(&log, sid).await.into_iter();
        events.map(|event| seconds(event.at)).collect::<Vec<_>>()
    };
    assert_eq!(times("sess_1").await, [0, 0, 0, 0, 0, 1000, 1000, 1000]);
    // Each session has its own past.
    assert_eq!(times("sess_2").await, [-1000, -1000, -1000]);
    let mut records = log.records().await.unwrap();
    let mut links = Vec::new();
    while let Some(record) = records.next().await.unwrap() {
        if let StoredRecord::Link(link) = record {
            links.push(seconds(Link::from_body(&link.body).unwrap().at));
        }
    }
    assert_eq!(links, [0, 0, 500]);
    let ended = session(&log, "sess_1").await;
    assert_eq!(seconds(ended.last_active_at), 1000);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn refused_tokens_are_one_event_a_minute(engine: &Engine) {
    let log = engine.open().await;
    let verifier = engine.issuer.verifier(&log);
    engine.issuer.request(&log, "GET", &json!({})).await;
    let stale = engine
        .issuer
        .token(&json!({"exp": engine.issuer.clock.seconds() - 60}));
    for _ in 0..100 {
        verifier.verify(&stale).now().unwrap_err();
    }
    log.sweep().await.unwrap();
    assert_eq!(
        kinds(&log, "sess_1").await,
        ["session_started", "request", "outcome", "refused_token"]
    );
    engine.issuer.clock.forward(59);
    log.sweep().await.unwrap();
    assert_eq!(kinds(&log, "sess_1").await.len(), 4);
    engine.issuer.clock.forward(1);
    log.sweep().await.unwrap();
    let counts: Vec<_> = events(&log, "sess_1")
        .await
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::RefusedToken(refused) => Some((refused.rule, refused.count)),
            _ => None,
        })
        .collect();
    assert_eq!(
        counts,
        [("expired".to_owned(), 1), ("expired".to_owned(), 99)]
    );
    assert_eq!(session(&log, "sess_1").await.refusals, 100);
    // What is still counted is written when the record is closed.
    verifier.verify(&stale).now().unwrap_err();
    log.close().await;
    let log = engine.open().await;
    assert_eq!(session(&log, "sess_1").await.refusals, 101);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_clock_that_is_put_back_neither_silences_nor_floods(engine: &Engine) {
    let (log, clock) = (engine.open().await, &engine.issuer.clock);
    let verifier = engine.issuer.verifier(&log);
    engine.issuer.request(&log, "GET", &json!({})).await;
    let early = crate::issuer::START - 10 * 3600;
    let stale = engine.issuer.token(&json!({"iat": early, "exp": early}));
    let refuse = async || {
        for _ in 0..10 {
            verifier.verify(&stale).now().unwrap_err();
        }
        log.sweep().await.unwrap();
        let events = events(&log, "sess_1").await.into_iter();
        let counts = events.filter_map(|event| match event.kind {
            EventKind::RefusedToken(refused) => {
                assert!(refused.from <= refused.to, "{refused:?}");
                Some(refused.count)
            }
            _ => None,
        });
        counts.collect::<Vec<_>>()
    };
    assert_eq!(refuse().await, [1]);
    clock.back(5 * 3600);
    assert_eq!(refuse().await, [1, 10]);
    assert_eq!(refuse().await, [1, 10]);
    clock.forward(59);
    assert_eq!(refuse().await, [1, 10]);
    // A little is no jump: the next comes a minute after the last all the same.
    clock.back(30);
    assert_eq!(refuse().await, [1, 10]);
    clock.forward(31);
    assert_eq!(refuse().await, [1, 10, 40]);
    // What waits is told from its first to its last, whatever the clock did between.
    clock.forward(30);
    assert_eq!(refuse().await, [1, 10, 40]);
    clock.back(3600);
    assert_eq!(refuse().await, [1, 10, 40, 20]);
    // As of a time before it, it is yet to come.
    clock.forward(6 * 3600);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn work_after_the_request_is_recorded(engine: &Engine) {
    let log = engine.open().await;
    let (auth, recording) = engine
        .issuer
        .reserve(&log, "POST", &json!({}))
        .await
        .unwrap();
    recording.complete();
    let context = auth.audit_context().unwrap();
    let note = [("mail".to_owned(), "m_1".to_owned())];
    let id = log
        .record(&context, "mail.send", note.clone())
        .await
        .unwrap();
    let events = events(&log, "sess_1").await;
    let action = events.last().unwrap();
    assert_eq!(action.id, id);
    let EventKind::Action(action) = &action.kind else {
        panic!("{action:?}");
    };
    assert_eq!(
        action.of.unwrap().to_string(),
        context.request.clone().unwrap()
    );
    assert_eq!(
        (action.name.as_str(), action.notes[0].value.as_str()),
        ("mail.send", "m_1")
    );
    let mut other = context;
    "sid:other".clone_into(&mut other.session);
    let unknown = log.record(&other, "mail.send", note).await.unwrap_err();
    assert!(matches!(unknown, RecordError::UnknownSession));
}

pub(crate) async fn a_caller_that_goes_away_leaves_an_aborted_request(engine: &Engine) {
    let log = engine.open().await;
    let (_, recording) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    drop(recording);
    // Polled once, so that it is on its way, and then given up.
    for _ in 0..20 {
        let claims = json!({});
        let reservation = engine.issuer.reserve(&log, "GET", &claims);
        let _ = tokio::time::timeout(Duration::ZERO, reservation).await;
    }
    log.close().await;
    let log = engine.open().await;
    let requests = engine
        .number("SELECT COUNT(*) FROM events WHERE kind = 'request'")
        .await;
    let outcomes = engine
        .number("SELECT COUNT(*) FROM events WHERE kind = 'outcome' AND body LIKE '%aborted%'")
        .await;
    assert!(requests >= 1);
    assert_eq!(requests, outcomes);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn nul_and_backslash_are_kept_apart(engine: &Engine) {
    let log = engine.open().await;
    let subjects = ["a\0b", "a\\0b", "a\\\0b", "a\\"];
    for (number, subject) in subjects.iter().enumerate() {
        let claims = json!({"sid": format!("s\0{number}"), "act": {"sub": subject}});
        engine.issuer.request(&log, "GET", &claims).await;
    }
    log.sweep().await.unwrap();
    for subject in subjects {
        let query = SessionQuery::new(AuditScope::All).with_actor(subject);
        let page = sessions(&log, &query).await;
        let [session] = page.items.as_slice() else {
            panic!("{page:?}");
        };
        assert_eq!(session.actor_subject, subject);
        let actor: serde_json::Value = serde_json::from_str(&session.actor).unwrap();
        assert_eq!(actor["sub"], subject);
    }
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_record_is_closed_and_opened_again(engine: &Engine) {
    let log = engine.open().await;
    let (_, recording) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    recording.complete();
    log.close().await;
    log.close().await;
    engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap_err();
    drop(log);

    let log = engine.open().await;
    assert_eq!(
        kinds(&log, "sess_1").await,
        ["session_started", "request", "outcome"]
    );
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    assert_eq!(verify(engine, &log).await.unwrap().events, 5);
}

pub(crate) async fn nothing_is_changed_or_removed(engine: &Engine) {
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    log.sweep().await.unwrap();
    let before = verify(engine, &log).await.unwrap();
    for sql in [
        "UPDATE events SET body = body",
        "UPDATE events SET at = 0 WHERE seq = 1",
        "UPDATE links SET kind = 'closed'",
        "DELETE FROM events",
        "DELETE FROM events WHERE seq = 2",
        "DELETE FROM links",
        "INSERT INTO pruned_sessions (link, session, seq, head) SELECT 9, session, seq, hash FROM events WHERE seq = 2",
        "INSERT INTO pruned_sessions (link, session, seq, head) SELECT n, session, to_seq, hash FROM links",
    ] {
        let error = engine.execute(sql).await.unwrap_err();
        assert!(error.contains("audit record"), "{sql}: {error}");
    }
    assert_eq!(verify(engine, &log).await.unwrap(), before);
}

pub(crate) async fn an_actor_of_another_kind_is_told(engine: &Engine) {
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    engine
        .issuer
        .request(
            &log,
            "GET",
            &json!({"act": {"sub": "admin_1", "type": "agent"}}),
        )
        .await;
    log.sweep().await.unwrap();
    let told: Vec<_> = events(&log, "sess_1")
        .await
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::Request(request) => Some(request.actor.map(|actor| actor.kind)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [None, Some(RecordedActorKind::Agent)]);
}

pub(crate) async fn one_session_at_fault_stops_no_other(engine: &Engine) {
    let log = engine.open().await;
    let (_, running) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    engine
        .execute("UPDATE sessions SET seq = 0, head = NULL")
        .await
        .unwrap();
    running.complete();
    let (own, other) = (json!({}), json!({"sid": "sess_2"}));
    let mut ran = 0;
    for _ in 0..10 {
        let (own, other) = tokio::join!(
            engine.issuer.reserve(&log, "GET", &own),
            engine.issuer.reserve(&log, "GET", &other),
        );
        own.unwrap_err();
        if let Ok((_, recording)) = other {
            recording.complete();
            ran += 1;
        }
    }
    // The first that shared a transaction with it failed too.
    assert!(ran >= 8, "{ran}");
    assert_eq!(session(&log, "sess_2").await.requests, ran);
}

pub(crate) async fn what_cannot_be_written_is_left_out(engine: &Engine) {
    let log = engine.open().await;
    let refuse = engine.choose(
        "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.body LIKE '%unfit%'
        BEGIN SELECT RAISE(ABORT, 'unfit'); END",
        "ALTER TABLE events ADD CONSTRAINT refuse CHECK (body NOT LIKE '%unfit%')",
    );
    engine.execute(refuse).await.unwrap();
    let (auth, recording) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    auth.note("note", "unfit");
    recording.complete();
    let context = auth.audit_context().unwrap();
    let note = [("note".to_owned(), "unfit".to_owned())];
    let error = log.record(&context, "mail.send", note).await.unwrap_err();
    assert!(matches!(error, RecordError::NotWritten), "{error}");
    // A request that can never be recorded does not run.
    let unfit = json!({"sid": "unfit"});
    let error = engine.issuer.reserve(&log, "GET", &unfit).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::AuditUnavailable);

    engine.issuer.request(&log, "GET", &json!({})).await;
    engine
        .issuer
        .request(&log, "GET", &json!({"sid": "sess_2"}))
        .await;
    log.sweep().await.unwrap();
    assert_eq!(
        kinds(&log, "sess_1").await,
        [
            "session_started",
            "request",
            "outcome",
            "request",
            "outcome"
        ]
    );
    let EventKind::Outcome(outcome) = events(&log, "sess_1").await.remove(2).kind else {
        panic!("the third event is the outcome");
    };
    assert_eq!((outcome.end, outcome.notes), (End::Completed, Vec::new()));
    assert_eq!(kinds(&log, "sess_2").await.len(), 3);
    assert_eq!(verify(engine, &log).await.unwrap().sessions, 2);
    log.close().await;
}

pub(crate) async fn a_session_is_removed_only_as_it_was_closed(engine: &Engine) {
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    let before = verify(engine, &log).await.unwrap();
    let pruned = "BEGIN;
        INSERT INTO links (n, session, kind, to_seq, body, hash, signature, key_id)
            SELECT 2, session, 'pruned', 3, body, hash, signature, key_id FROM links;
        INSERT INTO pruned_sessions (link, session, seq, head) SELECT 2, session, seq, hash FROM events WHERE seq = 3;
        DELETE FROM events;
        COMMIT";
    let in_front = "CREATE TEMPORARY TABLE pruned_sessions (link BIGINT, session TEXT, seq BIGINT);
        CREATE TEMPORARY TABLE links (n BIGINT, session TEXT, kind TEXT);
        INSERT INTO pg_temp.pruned_sessions SELECT 9, id, 9 FROM actas_audit.sessions;
        INSERT INTO pg_temp.links SELECT 1, id, 'opened' FROM actas_audit.sessions;
        DELETE FROM actas_audit.events";
    let columns = "id issuer session_key session_id user_id actor_issuer actor_token_issuer actor_subject actor_kind
        actor organization_id reason ticket authorized_party";
    let changes = columns
        .split_whitespace()
        .map(|column| format!("UPDATE sessions SET {column} = 'other'"));
    let others = [
        pruned,
        engine.choose("REPLACE INTO sessions SELECT * FROM sessions", in_front),
        engine.choose("DELETE FROM sessions", "TRUNCATE sessions"),
        "DELETE FROM sessions WHERE seq = 3",
        "UPDATE sessions SET created_at = 0",
    ];
    for sql in changes.chain(others.map(str::to_owned)) {
        let error = engine.execute(&sql).await.unwrap_err();
        assert!(error.contains("audit record"), "{sql}: {error}");
    }
    assert_eq!(verify(engine, &log).await.unwrap(), before);
}

pub(crate) async fn a_page_left_open_adds_no_link_a_minute(engine: &Engine) {
    let log = engine.open().await;
    let verifier = engine.issuer.verifier(&log);
    let reserved = engine.issuer.reserve(&log, "GET", &json!({})).await;
    let (auth, recording) = reserved.unwrap();
    recording.complete();
    log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    log.sweep().await.unwrap();
    let links = "SELECT COUNT(*) FROM links";
    assert_eq!(engine.number(links).await, 2);
    let stale = engine
        .issuer
        .token(&json!({"exp": engine.issuer.clock.seconds() - 60}));
    let refuse = async |seconds| {
        engine.issuer.clock.forward(seconds);
        verifier.verify(&stale).now().unwrap_err();
        log.sweep().await.unwrap();
    };
    for _ in 0..5 {
        refuse(60).await;
    }
    assert_eq!(kinds(&log, "sess_1").await.len(), 9);
    assert_eq!(engine.number(links).await, 2);
    // It is closed again once an hour passed without one.
    engine.issuer.clock.forward(3599);
    log.sweep().await.unwrap();
    assert_eq!(engine.number(links).await, 2);
    engine.issuer.clock.forward(1);
    log.sweep().await.unwrap();
    assert_eq!(engine.number(links).await, 3);
    // None is under no link for longer than a day.
    for _ in 0..48 {
        refuse(1800).await;
    }
    assert_eq!(engine.number(links).await, 3);
    refuse(1800).await;
    assert_eq!(engine.number(links).await, 4);
    // What else is told is closed at once.
    let context = auth.audit_context().unwrap();
    log.record(&context, "mail.send", []).await.unwrap();
    log.sweep().await.unwrap();
    assert_eq!(engine.number(links).await, 5);
    assert_eq!(verify(engine, &log).await.unwrap().unsigned_events, 0);
}

pub(crate) async fn a_refused_token_begins_no_session(engine: &Engine) {
    let log = engine.open().await;
    let verifier = engine.issuer.verifier(&log);
    let stale = engine
        .issuer
        .token(&json!({"exp": engine.issuer.clock.seconds() - 60}));
    verifier.verify(&stale).now().unwrap_err();
    log.sweep().await.unwrap();
    for table in ["sessions", "events", "links"] {
        let count = format!("SELECT COUNT(*) FROM {table}");
        assert_eq!(engine.number(&count).await, 0, "{table}");
    }
}
