//! What the command says.

use std::io::{Write as _, stderr, stdout};

use actas_audit::{Escaped, Finding, Place, Problem, ReceiptReport, Report};
use serde_json::{Value, json};

/// What an archive is found with that is judged as of now.
const AS_OF: &str =
    "the record is judged as of now; an archive, as of the time at which it was taken, by --as-of";

const UNKEYED: &str = "unkeyed: shows accidents, not a rewrite";

/// What holds.
pub(crate) enum Verified {
    Database(Report),
    Export(Report),
    Receipt(ReceiptReport),
}

/// Says that a record holds.
pub(crate) fn holds(verified: &Verified, is_json: bool) {
    let (value, lines) = match verified {
        Verified::Database(report) => whole("database", report),
        Verified::Export(report) => whole("export", report),
        Verified::Receipt(report) => receipt(report),
    };
    if is_json {
        print_json(&value);
    } else {
        print(&lines);
    }
}

/// Says what does not hold.
pub(crate) fn does_not_hold(finding: &Finding, is_as_of: bool, is_json: bool) {
    let is_overdue = finding.problem == Problem::NotClosed && !is_as_of;
    let notes: Vec<&str> = is_overdue.then_some(AS_OF).into_iter().collect();
    if !is_json {
        let mut lines = vec![format!("does not hold: {finding}")];
        lines.extend(notes.iter().map(|note| format!("note: {note}")));
        return print(&lines);
    }
    let (session, seq, link) = match finding.place {
        Place::Event { session, seq } => (Some(session), Some(seq), None),
        Place::Session(session) => (Some(session), None, None),
        Place::Link(n) => (None, None, Some(n)),
        _ => (None, None, None),
    };
    print_json(&json!({
        "holds": false,
        "finding": {
            "message": finding.to_string(),
            "place": finding.place.to_string(),
            "problem": finding.problem.to_string(),
            "session": session,
            "seq": seq,
            "link": link,
            "line": finding.line,
        },
        "notes": notes,
    }));
}

/// Says why it cannot be said whether a record holds.
pub(crate) fn failed(message: &str, is_json: bool) {
    if is_json {
        let message = Escaped(message).to_string();
        print_json(&json!({"holds": null, "error": message}));
    } else {
        not_done(message, false);
    }
}

/// Says why what was asked is not done.
pub(crate) fn not_done(message: &str, is_json: bool) {
    let message = Escaped(message);
    if is_json {
        print_json(&json!({"error": message.to_string()}));
    } else {
        // Nobody is left to be told that nobody can be told.
        writeln!(stderr(), "actas: {message}").ok();
    }
}

fn whole(record: &str, report: &Report) -> (Value, Vec<String>) {
    let mut notes = Vec::new();
    if report.is_unkeyed() {
        notes.push(match report.last_key {
            Some(key) => format!("{UNKEYED}; the links name the key {key}"),
            None => UNKEYED.to_owned(),
        });
    }
    if report.unsigned_events > 0 {
        notes.push(format!(
            "events that no link vouches for yet: {}",
            report.unsigned_events
        ));
    }
    if report.pruned_anchors > 0 {
        notes.push(format!(
            "anchors in sessions that were pruned since: {}",
            report.pruned_anchors
        ));
    }
    let head = report.head.map(|head| head.to_string());
    let value = json!({
        "holds": true,
        "record": record,
        "sessions": report.sessions,
        "pruned": report.pruned,
        "events": report.events,
        "unsigned_events": report.unsigned_events,
        "links": report.links,
        "head": head,
        "signed_by": report.signed_by.iter().map(|(key, links)| json!({"key": key, "links": links})).collect::<Vec<_>>(),
        "notes": notes,
    });
    let mut lines = vec![
        "holds".to_owned(),
        format!(
            "sessions   {}, of which pruned {}",
            report.sessions, report.pruned
        ),
        format!("events     {}", report.events),
        format!("links      {}", report.links),
    ];
    lines.extend(
        report
            .signed_by
            .iter()
            .map(|(key, links)| format!("signed by  {key}: {links}")),
    );
    lines.extend(head.map(|head| format!("head       {head}")));
    lines.extend(notes.into_iter().map(|note| format!("note: {note}")));
    (value, lines)
}

fn receipt(report: &ReceiptReport) -> (Value, Vec<String>) {
    let mut notes = Vec::new();
    if !report.is_signed {
        notes.push(format!(
            "{UNKEYED}; the link names the key {}",
            report.key_id
        ));
    }
    if !report.is_closed {
        notes.push("the session was still open: it may have gone on".to_owned());
    }
    let value = json!({
        "holds": true,
        "record": "receipt",
        "session": report.session,
        "events": report.head.seq,
        "link": report.link.n,
        "head": report.link.to_string(),
        "signed_by": report.is_signed.then_some(report.key_id),
        "notes": notes,
    });
    let mut lines = vec![
        "holds".to_owned(),
        format!("session    {}", report.session),
        format!("events     {}", report.head.seq),
    ];
    lines.extend(
        report
            .is_signed
            .then(|| format!("signed by  {}", report.key_id)),
    );
    lines.push(format!("head       {}", report.link));
    lines.extend(notes.into_iter().map(|note| format!("note: {note}")));
    (value, lines)
}

/// Prints one JSON object.
pub(crate) fn print_json(value: &Value) {
    print(&[value.to_string()]);
}

/// Prints lines.
pub(crate) fn print(lines: &[String]) {
    // The exit code says the same, to whoever does not listen.
    writeln!(stdout(), "{}", lines.join("\n")).ok();
}
