//! A receipt shows one session, and what was done to it is found.

use actas_audit::{
    Anchor, Finding, Head, Judged, Place, Problem, ReadError, ReceiptReport, SigningKey, Verifier,
    judge,
};

use crate::file::keyed;
use crate::support::log::{Log, now, session};

fn log() -> Log {
    let mut log = Log::new();
    log.open("b");
    log.open_with_reason("a", "a \"reason\"\u{1b}");
    log.request("a");
    log.close("a");
    log.request("a");
    log.close("a");
    log
}

fn judged(text: &str, verifier: Verifier) -> Result<ReceiptReport, ReadError> {
    match judge(text.as_bytes(), verifier, |_| ())? {
        Judged::Receipt(report) => Ok(report),
        Judged::Export(report) => panic!("{report:?}"),
    }
}

#[track_caller]
fn found(text: &str, verifier: Verifier) -> Finding {
    match judged(text, verifier) {
        Err(ReadError::Finding(finding)) => finding,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_receipt_that_holds_is_reported() {
    let log = log();
    let report = judged(&log.receipt("a"), keyed(&log)).unwrap();
    assert_eq!(
        (report.session, report.head, report.link),
        (session("a"), log.session_head("a"), log.ledger_head())
    );
    assert!(report.is_signed && report.is_closed);
    assert_eq!(report.key_id, log.key.verifying_key().id());

    let report = judged(&log.receipt("a"), Verifier::new(now()).unwrap()).unwrap();
    assert!(!report.is_signed);
    let report = judged(&log.receipt("b"), keyed(&log)).unwrap();
    assert!(!report.is_closed);

    // As a tool for people may lay it out.
    let value: serde_json::Value = serde_json::from_str(&log.receipt("a")).unwrap();
    assert!(judged(&serde_json::to_string_pretty(&value).unwrap(), keyed(&log)).is_ok());
}

type Edit<'a> = &'a dyn Fn(&mut serde_json::Value);

#[track_caller]
fn found_after(log: &Log, edit: Edit<'_>) -> (Place, Problem) {
    let mut value = serde_json::from_str(&log.receipt("a")).unwrap();
    edit(&mut value);
    let finding = found(&value.to_string(), keyed(log));
    (finding.place, finding.problem)
}

#[test]
fn events_that_do_not_hold_are_named() {
    let log = log();
    let event = |seq| Place::Event {
        session: session("a"),
        seq,
    };
    let after = |edit: &dyn Fn(&mut Vec<serde_json::Value>)| {
        found_after(&log, &|value| edit(value["events"].as_array_mut().unwrap()))
    };
    let replace = |value: &mut serde_json::Value, from, to| {
        *value = value.as_str().unwrap().replace(from, to).into();
    };

    assert_eq!(
        after(&|events| replace(&mut events[1], "GET", "PUT")),
        (event(2), Problem::Hash)
    );
    assert_eq!(
        after(&|events| replace(&mut events[4], "200", "201")),
        (event(5), Problem::Hash)
    );
    let gap = |expected| Problem::EventGap { expected };
    assert_eq!(after(&|events| drop(events.remove(0))), (event(2), gap(1)));
    assert_eq!(after(&|events| drop(events.remove(2))), (event(4), gap(3)));
    assert_eq!(after(&|events| events.swap(1, 2)), (event(3), gap(2)));
    let missing = |last| (Place::Link(4), Problem::EventsMissing { last, vouched: 5 });
    assert_eq!(after(&|events| drop(events.pop())), missing(4));
    assert_eq!(after(&Vec::clear), missing(0));

    let other: serde_json::Value = serde_json::from_str(&log.receipt("b")).unwrap();
    let place = Place::Event {
        session: session("b"),
        seq: 1,
    };
    assert_eq!(
        after(&|events| events.push(other["events"][0].clone())),
        (place, Problem::OtherSession)
    );
}

#[test]
fn a_receipt_that_says_other_than_its_link_is_found() {
    let log = log();
    let record = (Place::Record, Problem::Receipt);
    let edits: [Edit<'_>; 4] = [
        &|value| value["count"] = 4.into(),
        &|value| value["session"] = session("b").to_string().into(),
        &|value| value["head"] = "0".repeat(64).into(),
        &|value| value["key"]["id"] = "0".repeat(16).into(),
    ];
    for edit in edits {
        assert_eq!(found_after(&log, edit), record);
    }
    // The link of another session, signed as it is.
    let other: serde_json::Value = serde_json::from_str(&log.receipt("b")).unwrap();
    let both = found_after(&log, &|value| {
        value["link"] = other["link"].clone();
        value["signature"] = other["signature"].clone();
    });
    assert_eq!(both, record);
    let signature = found_after(&log, &|value| {
        value["signature"] = other["signature"].clone();
    });
    assert_eq!(signature, (Place::Link(4), Problem::Signature));

    let other = SigningKey::generate().unwrap().verifying_key().clone();
    let finding = found(
        &log.receipt("a"),
        Verifier::new(now()).unwrap().add_public_key(other),
    );
    assert_eq!(
        finding.problem,
        Problem::OtherKey(log.key.verifying_key().id())
    );
}

#[test]
fn what_is_no_receipt_is_told_apart() {
    let log = log();
    let text = log.receipt("a");
    for (from, to) in [
        ("\"count\":5", "\"count\":5,\"x\":1"),
        ("\"count\":5", "\"count\":5,\"count\":5"),
        ("{", "[{"),
        ("\"events\"", "\"event\""),
    ] {
        assert!(
            matches!(
                judged(&text.replacen(from, to, 1), keyed(&log)),
                Err(ReadError::NotARecord)
            ),
            "{to}"
        );
    }
    let later = text.replace("\"actas_audit_receipt\":1", "\"actas_audit_receipt\":2");
    assert!(matches!(
        judged(&later, keyed(&log)),
        Err(ReadError::Version(2))
    ));
}

#[test]
fn what_is_read_at_once_is_bounded() {
    let log = log();
    let text = log.receipt("a");
    let megabyte = "x".repeat(1 << 20);
    let end = |text: &str| text[..text.len() - 2].to_owned();
    for text in [
        text.replacen("\"events\":[\"", &format!("\"events\":[\"{megabyte}"), 1),
        text.replacen("\"link\":\"", &format!("\"link\":\"{megabyte}"), 1),
        text.replacen('{', &format!("{{\"{megabyte}\":1,"), 1),
        format!("{}{}", end(&text), " ".repeat(1 << 20)),
        format!("{text}{}", " ".repeat(1 << 20)),
    ] {
        let judged = judged(&text, keyed(&log));
        assert!(
            matches!(judged, Err(ReadError::ReceiptTooLong)),
            "{judged:?}"
        );
    }
}

#[test]
fn a_receipt_passes_through_anchors() {
    let log = log();
    let text = log.receipt("a");
    let good = [
        Anchor::Ledger(log.ledger_head()),
        Anchor::Session(session("a"), log.session_head("a")),
    ];
    for anchor in good {
        assert!(judged(&text, keyed(&log).add_anchor(anchor)).is_ok());
    }
    let hash = log.ledger_head().hash;
    for anchor in [
        Anchor::Session(session("a"), Head { seq: 3, hash }),
        Anchor::Session(session("b"), log.session_head("b")),
    ] {
        let finding = found(&text, keyed(&log).add_anchor(anchor));
        assert_eq!(finding.problem, Problem::Anchor(anchor));
    }
}
