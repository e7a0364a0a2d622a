//! What somebody who may write to the database, or who waits, tries to gain.

use std::time::Duration;

use actas_audit::Revocation;
use tokio::time::timeout;

use crate::control::{ends, new_session};
use crate::engine::Engine;

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
