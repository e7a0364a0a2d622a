//! A record that is read by whoever does not write it.

use actas_audit::{JudgeError, OpenError, Place, Problem, Timestamp, Verifier};
use serde_json::json;

use crate::engine::{Engine, verify};

pub(crate) async fn a_record_is_read_without_its_key(engine: &Engine) {
    // Nothing is made where nothing is.
    match engine.read().await.err().expect("there is no record") {
        OpenError::NoRecord | OpenError::Unreadable(_) => (),
        error => panic!("{error}"),
    }
    assert!(!engine.file().exists());

    let log = engine.open().await;
    for sid in ["sess_1", "sess_2"] {
        engine
            .issuer
            .request(&log, "GET", &json!({ "sid": sid }))
            .await;
    }
    log.sweep().await.unwrap();
    let expected = verify(engine, &log).await.unwrap();

    let now = i64::try_from(engine.issuer.clock.seconds()).unwrap();
    let verifier = || {
        let verifier = Verifier::new(Timestamp::from_seconds(now)).unwrap();
        verifier.add_public_key(log.verifying_key().clone())
    };
    let reader = engine.read().await.unwrap();
    let mut bytes = 0;
    let report = reader.judge(verifier(), |read| bytes = read).await;
    assert_eq!(report.unwrap(), expected);
    assert!(bytes > 1000, "{bytes}");

    engine
        .execute("DROP TRIGGER links_are_not_changed ON links")
        .await
        .or(engine.execute("DROP TRIGGER links_are_not_changed").await)
        .unwrap();
    engine
        .execute("UPDATE links SET key_id = 'x' WHERE n = 2")
        .await
        .unwrap();
    match reader.judge(verifier(), |_| ()).await.unwrap_err() {
        JudgeError::Finding(finding) => {
            assert_eq!(
                (finding.place, finding.problem),
                (Place::Record, Problem::Row)
            );
        }
        error => panic!("{error}"),
    }
    reader.close().await;
    log.close().await;
}
