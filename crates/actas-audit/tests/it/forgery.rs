//! Whoever has the file and not the key can say what they like beside the signed links: nothing of it is believed.

use actas_audit::{Finding, Link, Place, Problem, ReadError};
use serde_json::Value;

use crate::file::{judged, keyed};
use crate::support::log::{Log, session};

/// `a` (link 1, closed by 4), `b` (2, closed by 5, used on), `c` (3, closed by 6, pruned by 7).
fn log() -> Log {
    let mut log = Log::new();
    for name in ["a", "b", "c"] {
        log.open(name);
    }
    log.request("a");
    log.request("b");
    for name in ["a", "b", "c"] {
        log.close(name);
    }
    log.prune("c");
    log.request("b");
    log
}

/// The file after its lines were edited, ended as its writer would have.
fn forged(log: &Log, edit: impl FnOnce(&mut Vec<Value>)) -> String {
    let export = log.export();
    let mut lines: Vec<Value> = export
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.pop();
    edit(&mut lines);
    let count = |name| lines.iter().filter(|line| line.get(name).is_some()).count();
    let counted = [count("link"), count("event")];
    let mut text = String::new();
    for line in &lines {
        text += &as_written(line);
        text += "\n";
    }
    let sha256 = sha256(&text);
    let [of_links, of_events] = counted;
    let end = format!(
        "{{\"end\":{{\"links\":{of_links},\"events\":{of_events},\"sha256\":\"{sha256}\"}}}}\n"
    );
    [text, end].concat()
}

/// A line begins with the member that tells what it is.
fn as_written(line: &Value) -> String {
    let members = line.as_object().unwrap();
    let first = ["actas_audit_export", "event", "link"]
        .into_iter()
        .find(|name| members.contains_key(*name))
        .unwrap();
    let rest = members.iter().filter(|(name, _)| *name != first);
    let mut text = format!("{{{}:{}", Value::from(first), members[first]);
    for (name, value) in rest {
        text.extend([
            ",",
            &Value::from(name.as_str()).to_string(),
            ":",
            &value.to_string(),
        ]);
    }
    text + "}"
}

fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let hex = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    hex.collect()
}

#[track_caller]
fn found(log: &Log, edit: impl FnOnce(&mut Vec<Value>)) -> (Place, Problem) {
    match judged(forged(log, edit), keyed(log)) {
        Err(ReadError::Finding(Finding { place, problem, .. })) => (place, problem),
        other => panic!("{other:?}"),
    }
}

fn number(line: &Value) -> Option<u64> {
    let body = line.get("link")?.as_str()?;
    Some(Link::from_body(body).unwrap().n)
}

fn link(lines: &mut [Value], n: u64) -> &mut Value {
    let mut lines = lines.iter_mut();
    lines.find(|line| number(line) == Some(n)).unwrap()
}

/// No event is left, and every link but the removal says that its session's were pruned.
fn hide_events(lines: &mut Vec<Value>, next: u64) {
    lines.retain(|line| line.get("event").is_none());
    for line in lines {
        if number(line).is_some_and(|n| n != 7) {
            line["pruned"] = true.into();
            line["next"] = next.into();
            line.as_object_mut().unwrap().remove("open");
        }
    }
}

#[test]
fn a_file_that_nothing_was_done_to_holds() {
    let log = log();
    let text = forged(&log, |_| ());
    let report = judged(&text, keyed(&log)).unwrap();
    assert_eq!((report.links, report.events), (7, 8));
}

#[test]
fn a_beginning_that_is_cut_off_hides_nothing() {
    let log = log();
    for from_n in [0, 2, 3, u64::MAX] {
        let cut = |lines: &mut Vec<Value>| {
            lines.retain(|line| number(line) != Some(1));
            hide_events(lines, 1_000_000);
            lines[0]["from_n"] = from_n.into();
        };
        let problem = Problem::NotFromFirst { n: from_n };
        assert_eq!(found(&log, cut), (Place::Record, problem));
    }
    // Without saying so.
    let cut = |lines: &mut Vec<Value>| {
        lines.retain(|line| number(line) != Some(1));
        hide_events(lines, 1_000_000);
    };
    let gap = Problem::LinkGap { expected: 1 };
    assert_eq!(found(&log, cut), (Place::Link(2), gap));
}

#[test]
fn events_are_gone_only_by_a_signed_removal() {
    let log = log();
    // Beyond the end, or to a link of another session.
    for next in [1_000_000, 8, 7] {
        let hidden = |lines: &mut Vec<Value>| hide_events(lines, next);
        let finding = found(&log, hidden);
        let expected = (Place::Record, Problem::Next);
        assert_eq!(finding, expected, "{next}");
    }
    // With the numbers as they were: the last link of `a` says that it goes on nowhere.
    let of_a = |lines: &mut Vec<Value>| {
        let id = session("a").to_string();
        lines.retain(|line| {
            let body = line.get("event").and_then(Value::as_str);
            body.is_none_or(|body| !body.contains(&id))
        });
        link(lines, 1)["pruned"] = true.into();
        link(lines, 4)["pruned"] = true.into();
    };
    assert_eq!(found(&log, of_a), (Place::Link(4), Problem::NotPruned));
    // The removal of `c` is nobody else's.
    let by_another = |lines: &mut Vec<Value>| {
        of_a(lines);
        link(lines, 4)["next"] = 7.into();
    };
    assert_eq!(found(&log, by_another), (Place::Record, Problem::Next));
    // And it is taken back by nobody.
    let unsaid = |lines: &mut Vec<Value>| {
        lines.retain(|line| number(line) != Some(7));
    };
    assert_eq!(found(&log, unsaid), (Place::Record, Problem::Next));
}

#[test]
fn where_a_session_goes_on_is_shown_by_the_link_that_does() {
    let log = log();
    for n in 1..=6 {
        for next in [2, 3, 4, 5, 6, 7, 8, 1_000_000] {
            let before = forged(&log, |_| ());
            let after = forged(&log, |lines| {
                let line = link(lines, n);
                line["next"] = next.into();
                line.as_object_mut().unwrap().remove("open");
            });
            if after != before {
                assert!(judged(&after, keyed(&log)).is_err(), "{n}: {next}");
            }
        }
        let after = forged(&log, |lines| {
            let members = link(lines, n).as_object_mut().unwrap();
            members.remove("next");
            members.remove("open");
        });
        // The last link of `a` says that already.
        assert_eq!(judged(&after, keyed(&log)).is_ok(), n == 4, "{n}");
    }
    // Events beyond the links that are hidden by a link that is not theirs.
    let hidden = |lines: &mut Vec<Value>| {
        let last = lines.len() - 2;
        lines.truncate(last);
        let members = link(lines, 5).as_object_mut().unwrap();
        members.remove("open");
        members.insert("next".to_owned(), 6.into());
    };
    assert_eq!(found(&log, hidden), (Place::Record, Problem::Next));
}

/// A receipt stands on one signed link, and on nothing that is said beside it.
#[test]
fn a_receipt_has_nothing_that_is_not_signed() {
    let log = log();
    let text = log.receipt("a");
    for said in ["\"pruned\":true", "\"next\":1000000", "\"from_n\":2"] {
        let forged = text.replacen("\"count\"", &format!("{said},\"count\""), 1);
        assert!(matches!(
            judged(&forged, keyed(&log)),
            Err(ReadError::NotARecord)
        ));
    }
    // The removal is no receipt of a session without events.
    let export = log.export();
    let removal: Value = export
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|line| number(line) == Some(7))
        .unwrap();
    let body = removal["link"].as_str().unwrap();
    let to = Link::from_body(body).unwrap().to;
    let mut receipt: Value = serde_json::from_str(&text).unwrap();
    receipt["session"] = session("c").to_string().into();
    receipt["count"] = to.seq.into();
    receipt["head"] = to.hash.to_string().into();
    receipt["link"] = body.into();
    receipt["signature"] = removal["signature"].clone();
    receipt["events"] = Value::Array(Vec::new());
    match judged(receipt.to_string(), keyed(&log)) {
        Err(ReadError::Finding(finding)) => assert_eq!(finding.problem, Problem::Receipt),
        other => panic!("{other:?}"),
    }
}
