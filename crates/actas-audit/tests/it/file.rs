//! An export is read as it is written, and what was done to it in between is found.

use actas_audit::{
    Escaped, Finding, Judged, NativeWriter, Place, Problem, ReadError, Report, Verifier, judge,
};

use crate::support::log::{Log, now, session};

pub(crate) fn keyed(log: &Log) -> Verifier {
    Verifier::new(now())
        .unwrap()
        .add_public_key(log.key.verifying_key().clone())
}

pub(crate) fn judged(text: impl AsRef<[u8]>, verifier: Verifier) -> Result<Report, ReadError> {
    match judge(text.as_ref(), verifier, |_| ())? {
        Judged::Export(report) => Ok(report),
        Judged::Receipt(receipt) => panic!("{receipt:?}"),
    }
}

fn log() -> Log {
    let mut log = Log::new();
    log.open_with_reason(
        "a",
        "quotes \" and \\, a line\r\nof its own, \u{1b}[2J, \u{202e} and 社長",
    );
    log.request("a");
    log.open("b");
    log.close("a");
    log.request("b");
    log.open("c");
    log.close("c");
    log.prune("c");
    log
}

#[track_caller]
fn found(text: &str, log: &Log) -> Finding {
    match judged(text, keyed(log)) {
        Err(ReadError::Finding(finding)) => finding,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_holds() {
    let log = log();
    let text = log.export();
    let report = judged(&text, keyed(&log)).unwrap();
    assert_eq!(
        (report.events, report.links, report.sessions, report.pruned),
        (6, 6, 3, 1)
    );
    assert_eq!(report.head, Some(log.ledger_head()));
    assert_eq!(report.last_key, Some(log.key.verifying_key().id()));
    // Every line is one line, and nothing in it acts on a terminal.
    assert_eq!(text.lines().count(), 14);
    assert!(text.lines().all(|line| Escaped(line).to_string() == line));

    let mut seen = Vec::new();
    judge(text.as_bytes(), keyed(&log), |bytes| seen.push(bytes)).unwrap();
    assert!(seen.is_sorted());
    assert_eq!(seen.last(), Some(&u64::try_from(text.len()).unwrap()));

    let empty = NativeWriter::new(Vec::new(), now(), None)
        .unwrap()
        .finish()
        .unwrap();
    // Computed by sha256sum.
    let sha256 = "d0475a33dba50d6ed13af94630c8afd9999e0ab274456f9f24cf108173547e7d";
    assert_eq!(
        String::from_utf8_lossy(&empty),
        format!(
            "{{\"actas_audit_export\":1,\"from_n\":1,\"at\":\"2026-11-25T08:00:00.000Z\",\"key\":null}}\n\
             {{\"end\":{{\"links\":0,\"events\":0,\"sha256\":\"{sha256}\"}}}}\n"
        )
    );
    assert_eq!(judged(empty, keyed(&log)).unwrap().links, 0);
}

#[test]
fn the_line_is_named() {
    let log = log();
    let finding = found(&log.export().replacen("GET", "PUT", 1), &log);
    assert_eq!(
        (finding.place, finding.problem, finding.line),
        (
            Place::Event {
                session: session("a"),
                seq: 2
            },
            Problem::Hash,
            Some(7),
        )
    );
    assert_eq!(
        finding.to_string(),
        format!(
            "event 2 of session {} (line 7): it was changed: its hash is not the one that what follows names",
            session("a")
        )
    );
}

#[test]
fn a_file_that_is_cut_short_is_found() {
    let log = log();
    let text = log.export();
    let lines: Vec<&str> = text.lines().collect();
    for end in 1..lines.len() {
        let finding = found(&lines[..end].join("\n"), &log);
        assert!(
            matches!(finding.problem, Problem::Incomplete),
            "{end}: {finding}"
        );
    }
    for cut in 30..text.len() - 1 {
        assert!(
            judged(&text.as_bytes()[..cut], keyed(&log)).is_err(),
            "{cut}"
        );
    }
    // Without the line feed at its end it is whole.
    assert!(judged(text.trim_end(), keyed(&log)).is_ok());
}

#[test]
fn an_accident_where_no_link_vouches_is_found() {
    let log = log();
    let text = log.export();
    let at = text.rfind("in_1").unwrap();
    let mut changed = text.into_bytes();
    changed[at] ^= 1;
    let finding = found(str::from_utf8(&changed).unwrap(), &log);
    assert_eq!(
        (finding.place, finding.problem),
        (Place::Record, Problem::Incomplete)
    );
}

#[test]
fn a_line_that_is_none_of_an_export_s_is_found() {
    let log = log();
    let text = log.export();
    let lines: Vec<&str> = text.lines().collect();
    for line in [
        "",
        "{}",
        "[]",
        "null",
        "{\"event\":1}",
        "{\"event\":\"\",\"x\":1}",
        "{\"event\":\"\",\"event\":\"\"}",
        lines[0],
        lines[13],
    ] {
        let mut lines = lines.clone();
        lines.insert(13, line);
        let finding = found(&lines.join("\n"), &log);
        // The end itself is where it belongs; the second is not.
        let at = if line == lines[14] { 15 } else { 14 };
        assert_eq!(
            (finding.place, finding.problem, finding.line),
            (Place::Record, Problem::Line, Some(at)),
            "{line}"
        );
    }
    for (from, to) in [
        ("\"next\":3", "\"next\":3,\"open\":true"),
        ("\"next\":3", "\"next\":-4"),
        ("\"open\":true", "\"open\":1"),
    ] {
        let finding = found(&text.replacen(from, to, 1), &log);
        assert_eq!(finding.problem, Problem::Line, "{to}");
    }
}

#[test]
fn what_is_no_record_is_told_apart() {
    let log = log();
    let text = log.export();
    for other in [
        "",
        "{}",
        "SQLite format 3\0",
        "\u{7f}ELF",
        &text[1..],
        "{\"actas_audit_export\":1}\n",
    ] {
        assert!(
            matches!(judged(other, keyed(&log)), Err(ReadError::NotARecord)),
            "{other}"
        );
    }
    let later = text.replace("\"actas_audit_export\":1", "\"actas_audit_export\":2");
    assert!(matches!(
        judged(later, keyed(&log)),
        Err(ReadError::Version(2))
    ));
    let endless = format!(
        "{}\n{}",
        text.lines().next().unwrap(),
        " ".repeat((1 << 20) + 1)
    );
    assert!(matches!(
        judged(endless, keyed(&log)),
        Err(ReadError::LineTooLong { line: 2 })
    ));
    let finding = found(&text.replacen("\"public\":\"", "\"public\":\"A", 1), &log);
    assert_eq!((finding.problem, finding.line), (Problem::Line, Some(1)));
}

/// What reads like an I/O error is one.
#[test]
fn a_file_that_cannot_be_read_is_told_apart() {
    struct Broken;

    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StaleNetworkFileHandle.into())
        }
    }

    let log = log();
    let text = log.export();
    for cut in [0, 10, 100] {
        let reader = std::io::BufReader::new(std::io::Read::chain(&text.as_bytes()[..cut], Broken));
        assert!(
            matches!(judge(reader, keyed(&log), |_| ()), Err(ReadError::Io(_))),
            "{cut}"
        );
    }
    let receipt = log.receipt("a");
    let reader = std::io::BufReader::new(std::io::Read::chain(&receipt.as_bytes()[..100], Broken));
    assert!(matches!(
        judge(reader, keyed(&log), |_| ()),
        Err(ReadError::Io(_))
    ));
}
