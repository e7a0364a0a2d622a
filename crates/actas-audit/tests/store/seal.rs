//! Rows that somebody else has written: they neither go on nor are they signed.

use actas_audit::{
    Action, Event, EventId, EventKind, Hash, Head, Problem, RecordError, SessionQuery, SigningKey,
    Timestamp, Verifier,
};
use actas_core::{AuditContext, ErrorKind};
use serde_json::{Value, json};

use crate::engine::{Engine, events, kinds, session, sessions, verify};
use crate::issuer::ISSUER;

const LONG: u64 = 2 * 3600 + 1;

/// Adds an event to the end of a session as only the record may, with the row to match.
async fn forge(engine: &Engine, log: &actas_audit::AuditLog, sid: &str) {
    let last = events(log, sid).await.pop().unwrap();
    let head = Head {
        seq: last.seq,
        hash: Hash::of_event(&last.to_body().unwrap()),
    };
    let id = EventId::random().unwrap();
    let action = EventKind::Action(Action {
        of: None,
        name: "never.done".to_owned(),
        notes: Vec::new(),
    });
    let event = Event::new(last.session, Some(&head), last.at, id, action);
    let (body, session) = (event.to_body().unwrap(), event.session);
    let hash = Hash::of_event(&body);
    let hash = engine
        .choose("X'{}'", r"'\x{}'::bytea")
        .replace("{}", &hash.to_string());
    let (seq, at) = (event.seq, event.at.milliseconds());
    let insert = format!(
        "INSERT INTO events (session, seq, at, kind, id, body, hash)
            VALUES ('{session}', {seq}, {at}, 'action', '{id}', '{body}', {hash})"
    );
    engine.execute(&insert).await.unwrap();
    let update = format!("UPDATE sessions SET seq = {seq}, head = {hash} WHERE id = '{session}'");
    assert_eq!(engine.execute(&update).await.unwrap(), 1);
}

/// The request is refused, since it cannot be recorded.
async fn is_refused(engine: &Engine, log: &actas_audit::AuditLog, claims: &Value) {
    let error = engine.issuer.reserve(log, "GET", claims).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
}

pub(crate) async fn what_another_has_added_is_never_signed(engine: &Engine) {
    let log = engine.open().await;
    let claims = ["forged", "over", "good"].map(|sid| json!({ "sid": sid }));
    for claims in &claims {
        engine.issuer.request(&log, "GET", claims).await;
    }
    let (auth, recording) = engine
        .issuer
        .reserve(&log, "GET", &claims[0])
        .await
        .unwrap();
    recording.complete();
    let context = auth.audit_context().unwrap();
    log.end(ISSUER, "sid:over", "stopped").await.unwrap();
    log.sweep().await.unwrap();
    let links = "SELECT COUNT(*) FROM links";
    assert_eq!(engine.number(links).await, 4);

    forge(engine, &log, "forged").await;
    forge(engine, &log, "over").await;
    is_refused(engine, &log, &claims[0]).await;
    // One that knows nothing of its end.
    let other = engine.open().await;
    is_refused(engine, &other, &claims[1]).await;
    engine.issuer.request(&log, "GET", &claims[2]).await;
    let error = log.record(&context, "done", []).await.unwrap_err();
    assert!(matches!(error, RecordError::BrokenSession), "{error}");
    let error = log.end(ISSUER, "sid:forged", "stopped").await.unwrap_err();
    assert!(matches!(error, RecordError::NotWritten), "{error}");

    engine.issuer.clock.forward(LONG);
    log.sweep().await.unwrap();
    // The one that is good is closed, and no other.
    assert_eq!(engine.number(links).await, 5);
    let finding = verify(engine, &log).await.unwrap_err();
    assert_eq!(finding.problem, Problem::NotClosed);
}

pub(crate) async fn a_row_is_gone_by_as_a_whole(engine: &Engine) {
    let log = engine.open().await;
    let changes = [
        "seq = seq - 1",
        "head_at = 0",
        "linked_seq = 0",
        "closed_seq = 1",
        "head = linked_head",
        "linked_head = head",
        "last_active_at = 0",
        "expire_at = 0",
        "expire_at = expire_at + 1",
        "ended_at = 0",
        "end_reason = 'stopped'",
        "requests = 7",
        "refusals = 7",
        "writes = 7",
        "seal_key = '0000000000000000'",
    ];
    for (number, change) in changes.iter().enumerate() {
        let (sid, claims) = (number.to_string(), json!({"sid": number.to_string()}));
        engine.issuer.request(&log, "GET", &claims).await;
        log.sweep().await.unwrap();
        let id = session(&log, &sid).await.id;
        let change = format!("UPDATE sessions SET {change} WHERE id = '{id}'");
        assert_eq!(engine.execute(&change).await.unwrap(), 1);
        is_refused(engine, &log, &claims).await;
        // The seal of another row is none.
        engine.issuer.request(&log, "GET", &json!({})).await;
        let other = format!(
            "UPDATE sessions SET seal = (SELECT seal FROM sessions WHERE session_id = 'sess_1') WHERE id = '{id}'"
        );
        assert_eq!(engine.execute(&other).await.unwrap(), 1);
        is_refused(engine, &log, &claims).await;
    }
    let links = engine.number("SELECT COUNT(*) FROM links").await;
    engine.issuer.clock.forward(LONG);
    log.sweep().await.unwrap();
    // That of `sess_1`.
    assert_eq!(engine.number("SELECT COUNT(*) FROM links").await, links + 1);
}

pub(crate) async fn sweeps_and_prunes_go_past_rows_that_do_not_hold(engine: &Engine) {
    let log = engine.open().await;
    // More than are closed in one transaction.
    let all = (0..70).map(|number| async move { json!({"sid": format!("sess_{number}")}) });
    for claims in futures_util::future::join_all(all).await {
        engine.issuer.request(&log, "GET", &claims).await;
    }
    log.sweep().await.unwrap();
    // Of a row that cannot be read, of one that can and does not hold, and of one that is closed already.
    let damage = [
        ("head = X'00'", "head = '\\x00'", "session_id LIKE '%7'"),
        ("requests = 7", "requests = 7", "session_id NOT LIKE '%7'"),
    ];
    for (sqlite, postgres, of) in damage {
        let set = engine.choose(sqlite, postgres);
        let update = format!("UPDATE sessions SET {set} WHERE {of}");
        engine.execute(&update).await.unwrap();
    }
    engine.issuer.clock.forward(1);
    let good = json!({"sid": "good"});
    engine.issuer.request(&log, "GET", &good).await;
    engine.issuer.clock.forward(LONG);
    log.sweep().await.unwrap();
    let closed = "SELECT COUNT(*) FROM links WHERE kind = 'closed'";
    assert_eq!(engine.number(closed).await, 1);

    let closed = "UPDATE sessions SET closed_seq = seq WHERE session_id <> 'good'";
    engine.execute(closed).await.unwrap();
    let now = Timestamp::from_seconds(i64::try_from(engine.issuer.clock.seconds()).unwrap());
    let pruned = log.prune(now).await.unwrap();
    assert_eq!((pruned.sessions, pruned.left), (1, 70));
    assert_eq!(
        sessions(
            &log,
            &SessionQuery::new(actas_audit::AuditScope::All).with_limit(500)
        )
        .await
        .items
        .len(),
        70
    );
}

pub(crate) async fn a_session_of_another_key_goes_on_when_that_is_given(engine: &Engine) {
    let log = engine.open().await;
    let (own, other) = (json!({}), json!({"sid": "sess_2"}));
    let (auth, running) = engine.issuer.reserve(&log, "GET", &own).await.unwrap();
    running.complete();
    log.close().await;

    let new = SigningKey::generate().unwrap().to_pem().unwrap();
    let new = || SigningKey::from_pem(&new).unwrap();
    let old = || SigningKey::open(engine.folder.path().join("audit.key")).unwrap();
    let log = engine
        .builder()
        .with_signing_key(new())
        .open()
        .await
        .unwrap();
    is_refused(engine, &log, &own).await;
    let context: AuditContext = auth.audit_context().unwrap();
    let error = log.record(&context, "mail.send", []).await.unwrap_err();
    assert!(matches!(error, RecordError::BrokenSession), "{error}");
    engine.issuer.request(&log, "GET", &other).await;
    log.close().await;

    let builder = engine.builder().with_signing_key(new());
    let log = builder.add_previous_key(old()).open().await.unwrap();
    engine.issuer.request(&log, "GET", &own).await;
    log.sweep().await.unwrap();
    assert_eq!(kinds(&log, "sess_1").await.len(), 5);
    log.close().await;
    // Written once with the new key it needs the old no more.
    let log = engine
        .builder()
        .with_signing_key(new())
        .open()
        .await
        .unwrap();
    engine.issuer.request(&log, "GET", &own).await;
    engine.issuer.clock.forward(LONG);
    log.sweep().await.unwrap();
    let now = Timestamp::from_seconds(i64::try_from(engine.issuer.clock.seconds()).unwrap());
    let mut verifier = Verifier::new(now).unwrap();
    for key in [new(), old()] {
        verifier = verifier.add_public_key(key.verifying_key().clone());
    }
    let report = engine.read().await.unwrap().judge(verifier, |_| ()).await;
    let report = report.unwrap();
    assert_eq!((report.links, report.unsigned_events), (4, 0));
}

pub(crate) async fn sessions_of_a_lost_key_are_taken_on_purpose(engine: &Engine) {
    let log = engine.open().await;
    let [own, forged] = ["sess_1", "forged"].map(|sid| json!({ "sid": sid }));
    engine.issuer.request(&log, "GET", &own).await;
    let lost = log.verifying_key().clone();
    log.close().await;

    let new = SigningKey::generate().unwrap().to_pem().unwrap();
    let builder = || {
        let new = SigningKey::from_pem(&new).unwrap();
        engine.builder().with_signing_key(new)
    };
    let log = builder().open().await.unwrap();
    is_refused(engine, &log, &own).await;
    engine.issuer.request(&log, "GET", &forged).await;
    log.sweep().await.unwrap();
    forge(engine, &log, "forged").await;
    log.close().await;

    let adopting = builder().insecure_adopt_sessions_of_lost_keys();
    let log = adopting.open().await.unwrap();
    engine.issuer.request(&log, "GET", &own).await;
    // It is of a key that is not lost.
    is_refused(engine, &log, &forged).await;
    engine
        .execute("UPDATE sessions SET seal_key = 'other' WHERE session_id = 'forged'")
        .await
        .unwrap();
    is_refused(engine, &log, &forged).await;
    log.close().await;
    // Once it is enough.
    let log = builder().open().await.unwrap();
    engine.issuer.request(&log, "GET", &own).await;
    is_refused(engine, &log, &forged).await;
    engine.issuer.clock.forward(3600 + 301);
    log.sweep().await.unwrap();
    let now = Timestamp::from_seconds(i64::try_from(engine.issuer.clock.seconds()).unwrap());
    let verifier = Verifier::new(now).unwrap().add_public_key(lost);
    let verifier = verifier.add_public_key(log.verifying_key().clone());
    let report = engine.read().await.unwrap().judge(verifier, |_| ()).await;
    assert_eq!(report.unwrap().links, 3);
}
