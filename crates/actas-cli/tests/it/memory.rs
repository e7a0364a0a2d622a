//! What verifying takes does not depend on the length of the record.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};

use actas_audit::Timestamp;

use crate::command::actas;
use crate::log::Log;

/// Closed sessions of 25 events each, and an open one as long as all of them.
fn export(sessions: u32) -> String {
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
    log.export()
}

/// The most memory that the process has held so far, in KiB.
fn high_water(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

/// What a process has held that has read all but the end of `text`.
fn high_water_of(text: &str) -> u64 {
    let mut child = actas()
        .args(["audit", "verify", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let (most, end) = text.split_at(text.trim_end().rfind('\n').unwrap());
    input.write_all(most.as_bytes()).unwrap();
    let high_water = high_water(&child);
    input.write_all(end.as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    high_water
}

#[test]
fn memory_does_not_grow_with_the_record() {
    let (short, long) = (export(40), export(400));
    assert!(
        long.len() > 9 * short.len() && long.len() > 8 << 20,
        "{}",
        long.len()
    );
    let (of_short, of_long) = (high_water_of(&short), high_water_of(&long));
    // As pages come and go; a tenth of what is read would be a megabyte.
    assert!(of_long < of_short + 512, "{of_short} KiB, {of_long} KiB");
}
