//! What somebody who may write to the database, or who waits, tries to gain.

use std::time::Duration;

use actas_audit::{Revocation, Timestamp};
use actas_core::ErrorKind;
use serde_json::json;
use tokio::time::timeout;

use crate::control::{context, ends, new_session, refusal};
use crate::engine::{Engine, session, session_id, verify};
use crate::issuer::ISSUER;

/// Longer than anything is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn revoked_rows_that_do_not_hold_keep_no_other(engine: &Engine) {
    let log = engine.open().await;
    // More than are ended in one transaction.
    for number in 0..70 {
        log.start(new_session(engine, &format!("sess_{number}")))
            .await
            .unwrap();
    }
    engine
        .execute("UPDATE sessions SET requests = 7")
        .await
        .unwrap();
    for number in 0..10 {
        log.start(new_session(engine, &format!("good_{number}")))
            .await
            .unwrap();
    }
    let everything = Revocation::Everything;
    log.revoke(&everything, None, "").await.unwrap();
    timeout(PATIENCE, log.sweep()).await.unwrap().unwrap();
    for number in 0..10 {
        assert_eq!(ends(&log, &format!("good_{number}")).await, ["revoked"]);
    }
    timeout(PATIENCE, log.close()).await.unwrap();
}

/// Adds an event to the end of a session, and leaves its row as it is.
async fn add_event(engine: &Engine, sid: &str) {
    let id = session_id(sid);
    let add = format!(
        "INSERT INTO events SELECT session, seq + 1, at, kind, '{sid}', body, hash FROM events
            WHERE session = '{id}' ORDER BY seq DESC LIMIT 1"
    );
    assert_eq!(engine.execute(&add).await.unwrap(), 1);
}

pub(crate) async fn an_event_that_another_has_added_stops_no_sweep(engine: &Engine) {
    let log = engine.open().await;
    for sid in ["forged", "good", "over"] {
        log.start(new_session(engine, sid)).await.unwrap();
    }
    log.end(ISSUER, "sid:over", "stopped").await.unwrap();
    add_event(engine, "forged").await;
    log.revoke(&Revocation::Everything, None, "").await.unwrap();
    log.sweep().await.unwrap();
    assert_eq!(ends(&log, "good").await, ["revoked"]);
    let closed = "SELECT COUNT(*) FROM links WHERE kind = 'closed'";
    assert_eq!(engine.number(closed).await, 2);
    let kind = refusal(engine, &log, &json!({"sid": "forged"})).await;
    assert_eq!(kind, ErrorKind::AuditUnavailable);
}

pub(crate) async fn nothing_runs_whose_event_the_database_drops(engine: &Engine) {
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    let drops = engine.choose(
        "CREATE TRIGGER drops BEFORE INSERT ON %t BEGIN SELECT RAISE(IGNORE); END",
        "CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER drops BEFORE INSERT ON %t FOR EACH ROW EXECUTE FUNCTION drops()",
    );
    let is_over = engine.choose("DROP TRIGGER drops", "DROP FUNCTION drops CASCADE");
    for (table, sid) in [
        ("events", "sess_1"),
        ("links", "sess_2"),
        ("sessions", "sess_3"),
    ] {
        let drops = drops.replace("%t", table);
        engine.execute(&drops).await.unwrap();
        let claims = json!({ "sid": sid });
        let kind = refusal(engine, &log, &claims).await;
        assert_eq!(kind, ErrorKind::AuditUnavailable, "{table}");
        engine.execute(&is_over.replace("%t", table)).await.unwrap();
        engine.issuer.request(&log, "GET", &claims).await;
    }
    engine
        .execute(&drops.replace("%t", "revocations"))
        .await
        .unwrap();
    let revoked = log.revoke(&Revocation::Everything, None, "").await;
    assert!(revoked.is_err(), "nothing was revoked");
    engine.execute(is_over).await.unwrap();
    log.sweep().await.unwrap();
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn nothing_runs_in_a_session_whose_last_event_is_gone(engine: &Engine) {
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    let remove = engine.choose(
        "DROP TRIGGER events_are_not_removed; DELETE FROM events WHERE kind = 'outcome'",
        "ALTER TABLE events DISABLE TRIGGER USER; DELETE FROM events WHERE kind = 'outcome'",
    );
    engine.execute(remove).await.unwrap();
    let kind = refusal(engine, &log, &json!({})).await;
    assert_eq!(kind, ErrorKind::AuditUnavailable);
}

pub(crate) async fn what_waits_for_room_does_not_run_after_a_stop(engine: &Engine) {
    let builder = engine.builder().with_capacity(1);
    let log = builder.buffered_and_may_lose_records(Duration::from_millis(1));
    let log = log.open().await.unwrap();
    let claims = json!({});
    let (auth, running) = engine.issuer.reserve(&log, "GET", &claims).await.unwrap();
    let mut waiting = Box::pin(engine.issuer.reserve(&log, "GET", &claims));
    let early = Duration::from_millis(50);
    timeout(early, &mut waiting).await.unwrap_err();
    let context = auth.audit_context().unwrap();
    assert!(log.stop(&context, "stopped").await.recorded);
    running.complete();
    let refused = timeout(PATIENCE, waiting).await.unwrap().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ImpersonationEnded);
}

pub(crate) async fn an_ended_session_that_was_pruned_does_not_go_on(engine: &Engine) {
    let log = engine.open().await;
    let clock = &engine.issuer.clock;
    let exp = clock.seconds() + 60;
    engine
        .issuer
        .request(&log, "GET", &json!({ "exp": exp }))
        .await;
    log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    clock.forward(1800);
    log.sweep().await.unwrap();
    let now = || Timestamp::from_seconds(i64::try_from(clock.seconds()).unwrap());
    assert_eq!(log.prune(now()).await.unwrap().sessions, 0);
    // Its issuer gives further tokens of it, for as long as a session lasts.
    let other = engine.open().await;
    let kind = refusal(engine, &other, &json!({})).await;
    assert_eq!(kind, ErrorKind::ImpersonationEnded);
    clock.forward(1801);
    other.sweep().await.unwrap();
    clock.forward(2 * 3600);
    other.sweep().await.unwrap();
    assert_eq!(log.prune(now()).await.unwrap().sessions, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_for_its_row_is_held_against_a_revocation() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let log = engine.open().await;
    let claims = json!({"sid": "sess_1"});
    engine.issuer.request(&log, "GET", &claims).await;
    log.sweep().await.unwrap();
    let other = engine.builder().with_deadline(Duration::from_millis(500));
    let other = other.open().await.unwrap();
    other.sweep().await.unwrap();

    let mut connection = engine.postgres_connection().await;
    let id = session_id("sess_1");
    let lock = format!("BEGIN; SELECT 1 FROM actas_audit.sessions WHERE id = '{id}' FOR UPDATE");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock))
        .execute(&mut connection)
        .await
        .unwrap();
    let mut waiting = Box::pin(engine.issuer.reserve(&log, "GET", &claims));
    let early = Duration::from_millis(200);
    timeout(early, &mut waiting).await.unwrap_err();
    let revoked = other.revoke(&Revocation::Everything, None, "").await;
    drop(connection);
    let reserved = timeout(PATIENCE, waiting).await.unwrap();
    let runs = reserved.is_ok();
    assert!(!(revoked.is_ok() && runs), "it runs after the revocation");
}

pub(crate) async fn an_end_that_another_has_written_keeps_no_stop_from_the_record(engine: &Engine) {
    let log = engine.open().await;
    let (auth, recording) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    recording.complete();
    log.sweep().await.unwrap();
    let stream = auth.ended();
    engine
        .execute("UPDATE sessions SET ended_at = 1")
        .await
        .unwrap();
    let told = engine.choose("SELECT 1", "NOTIFY actas_audit");
    engine.execute(told).await.unwrap();
    timeout(PATIENCE, stream).await.unwrap();
    engine
        .execute("UPDATE sessions SET ended_at = NULL")
        .await
        .unwrap();
    let context = auth.audit_context().unwrap();
    assert!(log.stop(&context, "stopped").await.recorded);
    assert_eq!(ends(&log, "sess_1").await, ["stopped"]);
    assert!(session(&log, "sess_1").await.ended_at.is_some());
}

pub(crate) async fn what_is_buffered_runs_on_in_no_session_whose_row_does_not_hold(
    engine: &Engine,
) {
    let builder = engine.builder();
    let log = builder.buffered_and_may_lose_records(Duration::from_millis(1));
    let log = log.open().await.unwrap();
    let context = context(engine, &log, &json!({})).await;
    log.sweep().await.unwrap();
    let damage = async |requests: u8| {
        let damage = format!("UPDATE sessions SET requests = {requests}");
        engine.execute(&damage).await.unwrap();
    };
    damage(7).await;
    // It does not wait for the record, and is the last.
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    let kind = refusal(engine, &log, &json!({})).await;
    assert_eq!(kind, ErrorKind::AuditUnavailable);
    let other = json!({"sid": "sess_2"});
    engine.issuer.request(&log, "GET", &other).await;
    // Its row is as before, and more is told of it.
    damage(1).await;
    log.record(&context, "mail.send", []).await.unwrap();
    engine.issuer.request(&log, "GET", &json!({})).await;
}

pub(crate) async fn who_reads_keeps_no_session_from_being_ended(engine: &Engine) {
    let builder = engine.builder().with_deadline(Duration::from_secs(1));
    let log = builder.open().await.unwrap();
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    let mut reading = Vec::new();
    for _ in 0..4 {
        reading.push(log.records().await.unwrap());
    }
    log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_keeps_no_node_from_hearing() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let builder = engine.builder().with_grace(Duration::from_millis(400));
    let log = builder.open().await.unwrap();
    let other = engine.open().await;
    let streams = ["sess_1", "sess_2"].map(|sid| json!({ "sid": sid }));
    let mut sessions = Vec::new();
    for claims in &streams {
        let (auth, recording) = engine.issuer.reserve(&log, "GET", claims).await.unwrap();
        recording.complete();
        sessions.push(auth);
    }
    let mut reading = Vec::new();
    for _ in 0..4 {
        reading.push(log.records().await.unwrap());
    }
    for (number, auth) in sessions.iter().enumerate() {
        let stream = auth.ended();
        let key = format!("sid:sess_{}", number + 1);
        other.end(ISSUER, &key, "stopped").await.unwrap();
        timeout(PATIENCE, stream).await.unwrap();
    }
    // By now it would be deaf.
    let rest = std::time::Instant::now();
    while rest.elapsed() < Duration::from_millis(500) {
        let third = json!({"sid": "sess_3"});
        engine.issuer.request(&log, "GET", &third).await;
    }
}

/// A server does not learn that the other end is gone until something is sent, and holds the locks of what was begun.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_process_has_locked_is_given_up() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let url = engine.url();
    let database = actas_store::Database::postgres(url, "actas_audit", PATIENCE).unwrap();
    let mut writer = database.writer().await.unwrap();
    let limit = async |connection: &mut actas_store::Connection| {
        let setting = "SELECT current_setting('idle_in_transaction_session_timeout')";
        let row = connection.fetch_optional(setting, &[]).await.unwrap();
        row.unwrap().verbatim(0).unwrap()
    };
    assert_eq!(limit(&mut writer).await, "1min");
    // Whoever reads may take their time.
    let mut reader = database.reader().await.unwrap();
    assert_eq!(limit(&mut reader).await, "0");
}
