//! What is told where a record cannot be opened, and how else it can be.

use std::time::Duration;

use actas_audit::{AuditLog, OpenError};
use serde_json::json;

use crate::engine::{Engine, kinds, verify};

pub(crate) async fn a_later_release_s_record_is_not_touched(engine: &Engine) {
    engine.open().await.close().await;
    let later = "INSERT INTO actas_audit_migrations (version, description, success, checksum, execution_time)
        SELECT 99, description, success, checksum, execution_time FROM actas_audit_migrations";
    engine.execute(later).await.unwrap();
    let error = engine.builder().open().await.unwrap_err();
    assert!(matches!(error, OpenError::Newer), "{error}");
}

pub(crate) async fn what_is_buffered_is_written_together(engine: &Engine) {
    let log = engine
        .builder()
        .buffered_and_may_lose_records(Duration::from_hours(1));
    let log = log.open().await.unwrap();
    let (_, recording) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    recording.complete();
    assert_eq!(engine.number("SELECT COUNT(*) FROM events").await, 0);
    drop(log);

    let log = engine
        .builder()
        .buffered_and_may_lose_records(Duration::from_millis(1));
    let log = log.open().await.unwrap();
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.close().await;
    let log = engine.open().await;
    assert_eq!(
        kinds(&log, "sess_1").await,
        ["session_started", "request", "outcome"]
    );
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn requests_beyond_the_capacity_wait_their_turn(engine: &Engine) {
    let log = engine
        .builder()
        .with_capacity(1)
        .with_deadline(Duration::from_secs(30));
    let log = log.open().await.unwrap();
    let (_, first) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    let claims = json!({});
    let mut second = Box::pin(engine.issuer.reserve(&log, "GET", &claims));
    let early = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
    assert!(early.is_err());
    first.complete();
    second.await.unwrap().1.complete();
}

#[tokio::test]
async fn errors_tell_what_to_do_and_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("audit.key");
    let url = "postgres://actas:hunter2@127.0.0.1:1/actas";
    let log = AuditLog::postgres(url).with_deadline(Duration::from_millis(200));
    assert!(!format!("{log:?}").contains("hunter2"));
    let error = log.with_key_file(&key).open().await.unwrap_err();
    assert!(matches!(error, OpenError::Database(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));

    for url in ["postgres://actas:hunter2@[:1/actas", "hunter2"] {
        let error = AuditLog::postgres(url)
            .with_key_file(&key)
            .open()
            .await
            .unwrap_err();
        assert!(matches!(error, OpenError::Url), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    let error = AuditLog::postgres(url).open().await.unwrap_err();
    assert!(matches!(error, OpenError::NoKey));
    assert!(error.to_string().contains("with_key_file"));

    for path in [
        ":memory:".into(),
        "".into(),
        folder.path().join("none").join("audit.db"),
    ] {
        let log = AuditLog::sqlite(&path).with_key_file(&key);
        let error = log
            .with_deadline(Duration::from_millis(200))
            .open()
            .await
            .unwrap_err();
        assert!(matches!(error, OpenError::File { .. }), "{error}");
    }
    std::fs::write(folder.path().join("other"), "no database".repeat(100)).unwrap();
    let error = AuditLog::sqlite(folder.path().join("other"))
        .open()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
}
