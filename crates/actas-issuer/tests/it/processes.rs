//! Processes that rotate one file: ended at any moment, and several at once.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actas_issuer::{Issuer, KeyFile, SigningAlgorithm};

use crate::support::{HOUR, Hands, NOW, kid, mint, refused};

/// Names the file to a process that is started to rotate it.
const FILE: &str = "ACTAS_TEST_KEY_FILE";
/// How many rotations it is started for; without end where it is not set.
const ROTATIONS: &str = "ACTAS_TEST_ROTATIONS";

/// Seconds between rotations, as the rotating process tells the time.
const STEP: u64 = 300;

/// When the key signs that a process says it made. The first such line begins with what the test's harness writes.
fn rotated(line: &str) -> Option<u64> {
    let (_, at) = line.split_once("rotated ")?;
    Some(at.parse().unwrap())
}

fn open(path: &Path) -> KeyFile {
    KeyFile::open(path)
        .unwrap()
        .with_publish_ahead(Duration::ZERO)
}

/// What the started process does, and nothing where it is run as a test.
#[test]
fn rotating() {
    let Ok(path) = std::env::var(FILE) else {
        return;
    };
    let rotations = std::env::var(ROTATIONS).map_or(u64::MAX, |count| count.parse().unwrap());
    let file = open(Path::new(&path));
    let first = std::env::var("ACTAS_TEST_NOW").map_or(NOW, |now| now.parse().unwrap());
    for turn in 1..=rotations {
        // Until the ring is full: no key ends within that time.
        let Ok(rotation) = file.rotate(first + turn * STEP) else {
            break;
        };
        println!("rotated {}", rotation.signs_from);
    }
}

fn start(path: &Path, now: u64, rotations: Option<u64>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "processes::rotating",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FILE, path)
        .env("ACTAS_TEST_NOW", now.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(rotations) = rotations {
        command.env(ROTATIONS, rotations.to_string());
    }
    command.spawn().unwrap()
}

#[test]
fn a_file_survives_a_process_that_is_killed_while_it_rotates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.keys");
    KeyFile::open_or_create(&path, SigningAlgorithm::EdDsa).unwrap();
    let clock = Hands::at(NOW);
    let issuer = || {
        Issuer::new("https://app.example.com", open(&path))
            .and_then(|issuer| issuer.with_clock(clock.clone()))
            .unwrap()
    };
    let running = issuer();
    let verifier = running.verifier().unwrap();
    let mut now = NOW;
    let mut rotations = 0;
    for turn in 0..50 {
        clock.set(now);
        let before = mint(&running);
        let mut child = start(&path, now, None);
        // Kept open, so that the process is ended by nothing but the signal.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let seen = 2 + turn % 3;
        let told = lines.by_ref().filter_map(|line| rotated(&line.unwrap()));
        let last = told.take(seen).last().unwrap();
        // At another moment of the next one each time.
        for _ in 0..turn * 40 {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        // Whatever it was doing, the file is whole: the key that was seen to be made signs, or a later one.
        let reopened = issuer();
        clock.set(last);
        let after = mint(&reopened);
        assert_ne!(kid(&after), kid(&before));
        assert_eq!(refused(&verifier, &after), None);
        // The token that an earlier key signed still holds, by the keys that are left.
        let published = reopened.key_set().unwrap();
        assert!(published.json().contains(&kid(&before)), "turn {turn}");
        clock.set(now);
        assert_eq!(refused(&reopened.verifier().unwrap(), &before), None);
        // Another process is not held up by what the killed one left behind.
        now = last + 200 * HOUR;
        open(&path).rotate(now - 1).unwrap();
        rotations += seen;
    }
    assert!(rotations >= 100);
}

#[test]
fn processes_that_rotate_at_once_lose_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.keys");
    KeyFile::open_or_create(&path, SigningAlgorithm::EdDsa).unwrap();
    // The second begins within the time of the first, so that they meet.
    let children = [start(&path, NOW, Some(15)), start(&path, NOW + 1, Some(15))];
    let mut made = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        made.extend(text.lines().filter_map(rotated));
    }
    assert_eq!(made.len(), 30);
    let text = std::fs::read_to_string(&path).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let kept: Vec<_> = document["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["signs_from"].as_u64().unwrap())
        .collect();
    // Every key that a process was told of is there, once.
    for at in &made {
        assert_eq!(kept.iter().filter(|kept| *kept == at).count(), 1, "{at}");
    }
    assert!(kept.is_sorted());
}
