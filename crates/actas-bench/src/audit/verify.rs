use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use actas_audit::{RecordReader, SigningKey, Timestamp, Verifier};

use super::place::Place;
use crate::audit_figures::Verified;
use crate::sessions::status_bytes;

/// Verifies a whole record in a process of its own, so that nothing else is in its memory.
pub(super) fn verified(place: &Place) -> Verified {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["verify-audit", &place.target()])
        .arg(place.key_file())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Verifies the record in a file or at a URL by the public half of a key, as `actas audit verify` does, and prints what that
/// took.
pub fn verify_audit(target: &str, key_file: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    println!("{}", runtime.block_on(verify(target, key_file)));
}

async fn verify(target: &str, key_file: &Path) -> serde_json::Value {
    let key = SigningKey::open(key_file).unwrap();
    let reader = if target.starts_with("postgres://") {
        RecordReader::postgres(target).await
    } else {
        RecordReader::sqlite(target).await
    };
    let reader = reader.unwrap();
    let before_bytes = status_bytes("VmRSS:");
    let started = Instant::now();
    let verifier = Verifier::new(Timestamp::now())
        .unwrap()
        .add_public_key(key.verifying_key().clone());
    let report = reader.judge(verifier, |_| ()).await.unwrap();
    let measured = Verified {
        sessions: report.sessions,
        events: report.events,
        links: report.links,
        seconds: started.elapsed().as_secs_f64(),
        peak_bytes: status_bytes("VmHWM:"),
        before_bytes,
    };
    serde_json::to_value(measured).unwrap()
}
