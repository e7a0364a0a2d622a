//! What is told where a record cannot be opened, and how else it can be.

use std::time::{Duration, Instant};

use actas_audit::{AuditLog, OpenError, SigningKey};
use actas_core::ErrorKind;
use serde_json::json;

use crate::engine::{Engine, kinds, verify};
use crate::postgres;

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
    let mut log = log.open().await.unwrap();
    let (_, recording) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    recording.complete();
    assert_eq!(engine.number("SELECT COUNT(*) FROM events").await, 0);

    // As another process may, while the first still gathers.
    let soon = engine
        .builder()
        .buffered_and_may_lose_records(Duration::from_millis(1));
    let gathering = std::mem::replace(&mut log, soon.open().await.unwrap());
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.close().await;
    let log = engine.open().await;
    assert_eq!(
        kinds(&log, "sess_1").await,
        ["session_started", "request", "outcome"]
    );
    verify(engine, &log).await.unwrap();
    gathering.close().await;
    assert_eq!(kinds(&log, "sess_1").await.len(), 5);
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

pub(crate) async fn a_wait_for_room_ends_at_the_deadline(engine: &Engine) {
    let deadline = Duration::from_millis(200);
    let builder = engine.builder().with_capacity(1).with_deadline(deadline);
    let log = builder.open().await.unwrap();
    let (_, first) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    let start = Instant::now();
    let refused = engine.issuer.reserve(&log, "GET", &json!({})).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::AuditUnavailable);
    assert!(start.elapsed() >= deadline);
    first.complete();
    // The room comes back with the outcome, and the request that was refused took none.
    log.sweep().await.unwrap();
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    assert_eq!(kinds(&log, "sess_1").await.len(), 5);
}

pub(crate) async fn what_is_gathered_is_written_when_somebody_waits(engine: &Engine) {
    let log = engine
        .builder()
        .buffered_and_may_lose_records(Duration::from_hours(1));
    let log = log.open().await.unwrap();
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.sweep().await.unwrap();
    assert_eq!(kinds(&log, "sess_1").await.len(), 3);
    engine.issuer.request(&log, "GET", &json!({})).await;
    log.close().await;
    let log = engine.open().await;
    assert_eq!(kinds(&log, "sess_1").await.len(), 5);
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn another_key_is_given_on_purpose(engine: &Engine) {
    let file = engine.folder.path().join("audit.key");
    let log = engine.open().await;
    log.close().await;
    std::fs::remove_file(&file).unwrap();
    // Nothing was signed yet.
    let log = engine.open().await;
    engine.issuer.request(&log, "GET", &json!({})).await;
    let signed_by = log.verifying_key().id().to_string();
    log.close().await;

    std::fs::remove_file(&file).unwrap();
    let error = engine.builder().open().await.unwrap_err();
    assert!(error.to_string().contains(&signed_by), "{error}");
    assert!(matches!(error, OpenError::KeyLost { .. }), "{error}");
    // The way back stays open: nothing is made in its place.
    assert!(!file.exists());
    let other = engine.folder.path().join("other.key");
    SigningKey::open_or_create(&other).unwrap();
    let builder = engine.builder().with_key_file(&other);
    let error = builder.open().await.unwrap_err();
    assert!(error.to_string().contains(&signed_by), "{error}");
    assert!(matches!(error, OpenError::OtherKey { .. }), "{error}");
    let key = SigningKey::open_or_create(&file).unwrap();
    let log = engine.builder().with_signing_key(key).open().await.unwrap();
    let other = json!({"sid": "sess_2"});
    engine.issuer.request(&log, "GET", &other).await;
    log.close().await;
    // It is the record's now.
    engine.open().await.close().await;
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let Some(cluster) = postgres::shared().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (encoding, is_held) in [("LATIN1", false), ("SQL_ASCII", true), ("UTF8", true)] {
        let options = format!("ENCODING {encoding} LOCALE 'C' TEMPLATE template0");
        let log = AuditLog::postgres(cluster.database_with(&options).await);
        match log
            .with_key_file(folder.path().join("audit.key"))
            .open()
            .await
        {
            Ok(log) => {
                assert!(is_held, "{encoding}");
                log.close().await;
            }
            Err(OpenError::Encoding(found)) => {
                assert!(!is_held, "{encoding}");
                assert_eq!(found, encoding);
            }
            Err(error) => panic!("{encoding}: {error}"),
        }
    }
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
