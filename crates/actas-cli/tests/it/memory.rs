//! What verifying takes does not depend on the length of the record.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};

use actas_audit::{AuditLog, Timestamp};
use futures_util::future::join_all;
use serde_json::json;

use crate::command::{Folder, actas};
use crate::issuer::{Head, Issuer, START};
use crate::log::Log;

/// Closed sessions of 25 events each, and an open one as long as all of them.
fn export(sessions: u32) -> String {
    log(sessions).export()
}

fn log(sessions: u32) -> Log {
    let mut log = Log::new_at(Timestamp::now().milliseconds() / 1000);
    log.open("open");
    for session in 0..sessions {
        let name = session.to_string();
        log.open(&name);
        for _ in 0..12 {
            log.request(&name);
            log.request("open");
        }
        log.close(&name);
    }
    log
}

/// The most memory that the process has held so far, in KiB; `None` once it has ended.
fn high_water(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB").unwrap().parse().unwrap())
}

/// What a process has held that has read all but the end of `text`, and how it ended.
fn high_water_of(text: &str) -> (u64, Option<i32>) {
    let mut child = actas()
        .args(["audit", "verify", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let (most, end) = text.split_at(text.len() - 100);
    input.write_all(most.as_bytes()).unwrap();
    let high_water = high_water(&child).unwrap();
    input.write_all(end.as_bytes()).unwrap();
    drop(input);
    (high_water, child.wait().unwrap().code())
}

/// What a process holds does not depend on the length of what it reads, and it ends with `code`.
#[track_caller]
fn assert_constant(short: &str, long: &str, code: i32) {
    assert!(
        long.len() > 9 * short.len() && long.len() > 6 << 20,
        "{}",
        long.len()
    );
    let ((of_short, end), (of_long, other_end)) = (high_water_of(short), high_water_of(long));
    assert_eq!((end, other_end), (Some(code), Some(code)));
    // As pages come and go; a third of what is read would be more.
    assert!(of_long < of_short + 2048, "{of_short} KiB, {of_long} KiB");
}

#[test]
fn memory_does_not_grow_with_the_record() {
    assert_constant(&export(40), &export(400), 0);
}

#[test]
fn memory_does_not_grow_with_a_receipt() {
    let receipt = |requests| {
        let mut log = Log::new();
        log.open("a");
        for _ in 0..requests {
            log.request("a");
        }
        log.close("a");
        log.receipt("a")
    };
    assert_constant(&receipt(800), &receipt(8000), 0);
    // Of what is none: as many events as a file can hold, in either order of the members.
    let before = |events: usize| {
        let (start, end) = receipt(1).split_once("\"events\":[").map(owned).unwrap();
        format!("{start}\"events\":[{}{end}", "\"\",".repeat(events))
    };
    assert_constant(&before(300_000), &before(3_000_000), 1);
    let after = |events: usize| {
        let events = "\"\",".repeat(events);
        receipt(1).replacen('{', &format!("{{\"events\":[{events}\"\"],"), 1)
    };
    assert_constant(&after(300_000), &after(3_000_000), 3);
}

fn owned((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

/// The most memory that verifying a database of so many requests has held.
async fn high_water_in_database(requests: usize) -> u64 {
    let (folder, issuer) = (Folder::empty(), Issuer::new());
    let now = u64::try_from(Timestamp::now().milliseconds() / 1000).unwrap();
    issuer.clock.forward(now.saturating_sub(START));
    let log = AuditLog::sqlite(folder.path("audit.db")).with_clock(issuer.clock.clone());
    let log = log.open().await.unwrap();
    let verifier = issuer.verifier(&log);
    for number in 0..requests / 200 {
        let token = issuer.token(&json!({"sid": format!("sess_{number}")}));
        let auth = verifier.verify(&token).now().unwrap();
        let reserve = |_| {
            verifier
                .reserve(&auth, &Head("GET", None), Some("/users/{id}"))
                .unwrap()
        };
        for reserved in join_all((0..200).map(reserve)).await {
            let (_, recording) = reserved.unwrap();
            recording.unwrap().complete();
        }
    }
    log.close().await;
    let mut child = actas()
        .args(["audit", "verify"])
        .arg(folder.path("audit.db"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    while let Some(now) = high_water(&child) {
        most = now;
    }
    assert!(child.wait().unwrap().success());
    most
}

#[tokio::test]
async fn memory_does_not_grow_with_a_database() {
    let of_short = high_water_in_database(1600).await;
    let of_long = high_water_in_database(16_000).await;
    // The bodies alone are nine megabytes longer.
    assert!(of_long < of_short + 2048, "{of_short} KiB, {of_long} KiB");
}
