//! What is shown while long work goes on, and to whom.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use actas_audit::Timestamp;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::command::actas;
use crate::log::Log;

/// What a terminal of 80 columns is written on, and the terminal.
fn terminal() -> (File, File) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let controller = openpt(flags).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&controller, size).unwrap();
    let terminal = ioctl_tiocgptpeer(&controller, flags).unwrap();
    (controller.into(), terminal.into())
}

/// What is written there, as it comes, until nobody is left who could.
fn read(mut written: File) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        // A terminal that everybody has left gives an error.
        while let Ok(length @ 1..) = written.read(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if sender.send(text).is_err() {
                break;
            }
        }
    });
    receiver
}

/// What verifying a record that comes slowly writes to the standard error, where `stderr` says what comes there, and to the
/// standard output.
fn verified_slowly(
    args: &[&str],
    errors: &Receiver<String>,
    stderr: impl Into<Stdio>,
) -> (String, String) {
    let mut log = Log::new_at(Timestamp::now().milliseconds() / 1000);
    log.open("a");
    for _ in 0..75 {
        log.request("a");
    }
    let mut child = actas()
        .args(["audit", "verify", "-"])
        .args(args)
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut shown = String::new();
    for line in log.export().split_inclusive('\n') {
        input.write_all(line.as_bytes()).unwrap();
        if shown.is_empty() {
            shown.extend(errors.recv_timeout(Duration::from_millis(10)));
        }
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    shown.extend(errors);
    (shown, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_bar_is_shown_on_a_terminal_and_taken_away() {
    let (controller, terminal) = terminal();
    let (shown, out) = verified_slowly(&[], &read(controller), terminal);
    assert!(shown.contains(" KiB") || shown.contains(" B"), "{shown:?}");
    assert!(shown.ends_with("\r\u{1b}[2K"), "{shown:?}");
    assert!(out.starts_with("holds\n"), "{out:?}");
    assert!(!out.contains('\u{1b}'), "{out:?}");
}

#[test]
fn a_program_is_shown_none() {
    let (controller, terminal) = terminal();
    let (shown, out) = verified_slowly(&["--json"], &read(controller), terminal);
    assert_eq!(shown, "");
    assert!(out.starts_with('{'), "{out:?}");

    let (reader, writer) = std::io::pipe().unwrap();
    let reader = File::from(std::os::fd::OwnedFd::from(reader));
    let (shown, out) = verified_slowly(&[], &read(reader), writer);
    assert_eq!(shown, "");
    assert!(out.starts_with("holds\n"), "{out:?}");
}
