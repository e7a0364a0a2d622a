//! What one process hears of what another has ended.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actas_audit::{AuditLog, Revocation};
use actas_core::{Auth, ErrorKind, Recording};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::control::refusal;
use crate::engine::Engine;
use crate::failures::Proxy;
use crate::issuer::ISSUER;

/// Longer than anything is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

async fn request(engine: &Engine, log: &AuditLog, sid: &str) -> (Auth, Recording) {
    let claims = json!({ "sid": sid });
    engine.issuer.reserve(log, "GET", &claims).await.unwrap()
}

pub(crate) async fn a_stream_hears_of_the_end_of_its_session(engine: &Engine) {
    let (log, other) = (engine.open().await, engine.open().await);
    let (auth, recording) = request(engine, &log, "sess_1").await;
    let (apart, _running) = request(engine, &log, "sess_2").await;
    // It outlives its request, whose outcome would hear of the end as well.
    recording.complete();
    log.sweep().await.unwrap();
    let streams: Vec<_> = (0..3).map(|_| tokio::spawn(auth.ended())).collect();
    let apart = tokio::spawn(apart.ended());
    // Once these are found, all that was asked for has been looked after.
    for sid in ["sess_3", "sess_4"] {
        let (early, _running) = request(engine, &log, sid).await;
        let key = format!("sid:{sid}");
        other.end(ISSUER, &key, "stopped").await.unwrap();
        timeout(PATIENCE, early.ended()).await.unwrap();
    }
    let context = auth.audit_context().unwrap();
    other.stop(&context, "stopped").await;
    for stream in streams {
        timeout(PATIENCE, stream).await.unwrap().unwrap();
    }
    // One that begins to listen afterwards, and one in the process that stops.
    timeout(PATIENCE, auth.ended()).await.unwrap();
    assert!(!apart.is_finished());
    log.end(ISSUER, "sid:sess_2", "signed_out").await.unwrap();
    timeout(Duration::from_millis(200), apart)
        .await
        .unwrap()
        .unwrap();
}

pub(crate) async fn a_stream_hears_of_a_revocation(engine: &Engine) {
    let (log, other) = (engine.open().await, engine.open().await);
    let (auth, _running) = request(engine, &log, "sess_1").await;
    let stream = tokio::spawn(auth.ended());
    let revocation = Revocation::User {
        issuer: ISSUER.to_owned(),
        user_id: "user_1".to_owned(),
    };
    other.revoke(&revocation, None, "").await.unwrap();
    timeout(PATIENCE, stream).await.unwrap().unwrap();
    let kind = refusal(engine, &log, &json!({"sid": "sess_1"})).await;
    assert_eq!(kind, ErrorKind::ImpersonationEnded);
}

pub(crate) async fn one_that_listens_late_hears_of_the_end(engine: &Engine) {
    let (log, other) = (engine.open().await, engine.open().await);
    let (auth, _running) = request(engine, &log, "sess_1").await;
    other.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    timeout(PATIENCE, auth.ended()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hears_nothing_refuses_and_catches_up() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let proxy = Proxy::start(engine.socket()).await;
    let log = AuditLog::postgres(engine.url_by(proxy.port));
    let log = log
        .with_key_file(engine.folder.path().join("audit.key"))
        .with_clock(engine.issuer.clock.clone())
        .with_grace(Duration::from_millis(400));
    let log = log.open().await.unwrap();
    let other = engine.open().await;
    let (auth, running) = request(&engine, &log, "sess_1").await;
    let stream = tokio::spawn(auth.ended());

    proxy.is_mute.store(true, Ordering::SeqCst);
    let own = json!({"sid": "sess_2"});
    let refused = async {
        loop {
            match engine.issuer.reserve(&log, "GET", &own).await {
                Ok((_, recording)) => recording.complete(),
                Err(error) => return error.kind(),
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let kind = timeout(PATIENCE, refused).await.unwrap();
    assert_eq!(kind, ErrorKind::AuditUnavailable);
    engine.issuer.request(&other, "GET", &own).await;
    other.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    assert!(!stream.is_finished());
    // What ran is recorded all the same.
    running.complete();

    proxy.is_mute.store(false, Ordering::SeqCst);
    timeout(PATIENCE, stream).await.unwrap().unwrap();
    let runs = async {
        while engine.issuer.reserve(&log, "GET", &own).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, runs).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_closes_while_it_listens() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let log = engine.open().await;
    let (auth, running) = request(&engine, &log, "sess_1").await;
    let _stream = tokio::spawn(auth.ended());
    running.complete();
    timeout(PATIENCE, log.close()).await.unwrap();
    let left = async {
        let listening = "SELECT COUNT(*) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        while engine.number(listening).await > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, left).await.unwrap();
}
