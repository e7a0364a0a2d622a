use std::fs;

use actas_audit::{SigningKey, Timestamp};
use serde_json::json;

use crate::command::{Folder, actas};
use crate::log::{Log, session};

fn seconds() -> i64 {
    Timestamp::now().milliseconds() / 1000
}

/// Session `a` has five events and is closed, `b` is open and has events that no link vouches for, `c` was pruned.
fn log() -> Log {
    let mut log = Log::new_at(seconds());
    log.open_with_reason("a", "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n\u{202e}");
    log.request("a");
    log.request("a");
    log.open("b");
    log.close("a");
    log.open("c");
    log.close("c");
    log.prune("c");
    log.request("b");
    log
}

fn lines(log: &Log) -> Vec<String> {
    log.export().lines().map(str::to_owned).collect()
}

#[test]
fn a_record_that_holds() {
    let log = log();
    let folder = Folder::new(&log);
    let answer = folder.verify_text(log.export());
    let key = log.key.verifying_key().id();
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert_eq!(
        answer.out,
        format!(
            "holds\n\
             sessions   3, of which pruned 1\n\
             events     8\n\
             links      6\n\
             signed by  {key}: 6\n\
             head       {}\n\
             note: events that no link vouches for yet: 2\n",
            log.ledger_head()
        )
    );
    let answer = folder.verify(["record.jsonl", "--public-key", "audit.pub.pem", "--json"]);
    assert_eq!(answer.code, 0);
    assert_eq!(
        answer.json(),
        json!({
            "holds": true,
            "record": "export",
            "sessions": 3,
            "pruned": 1,
            "events": 8,
            "unsigned_events": 2,
            "links": 6,
            "head": log.ledger_head().to_string(),
            "signed_by": [{"key": key, "links": 6}],
            "notes": ["events that no link vouches for yet: 2"],
        })
    );
}

#[test]
fn without_a_key_it_says_so() {
    let log = log();
    let folder = Folder::new(&log);
    folder.write("record.jsonl", log.export());
    let answer = folder.verify(["record.jsonl"]);
    assert_eq!(answer.code, 0);
    let key = log.key.verifying_key().id();
    let note = format!("unkeyed: shows accidents, not a rewrite; the links name the key {key}");
    assert!(
        answer.out.contains(&format!("\nnote: {note}\n")),
        "{}",
        answer.out
    );
    let value = folder.verify(["record.jsonl", "--json"]).json();
    assert_eq!(
        (&value["signed_by"], &value["notes"][0]),
        (&json!([]), &json!(note))
    );
}

#[test]
fn a_changed_byte() {
    let log = log();
    let folder = Folder::new(&log);
    let text = log.export();
    folder.verify_text(text.replacen("GET", "GEU", 1)).assert_found(&format!(
        "event 2 of session {} (line 7): it was changed: its hash is not the one that what follows names",
        session("a")
    ));
    let answer = folder.verify(["record.jsonl", "--public-key", "audit.pub.pem", "--json"]);
    assert_eq!(answer.code, 1);
    assert_eq!(
        answer.json(),
        json!({
            "holds": false,
            "finding": {
                "message": format!("event 2 of session {} (line 7): it was changed: its hash is not the one that what follows names", session("a")),
                "place": format!("event 2 of session {}", session("a")),
                "problem": "it was changed: its hash is not the one that what follows names",
                "session": session("a"),
                "seq": 2,
                "link": null,
                "line": 7,
            },
            "notes": [],
        })
    );
    // In the last line alone, which no link vouches for.
    let at = text.rfind("in_1").unwrap();
    let mut text = text.into_bytes();
    text[at] ^= 1;
    folder
        .verify_text(text)
        .assert_found("the record: the file is not as it was written: it was cut short or changed");
}

#[test]
fn events_that_are_missing_swapped_or_added() {
    let log = log();
    let folder = Folder::new(&log);
    let id = session("a");
    let mut without = lines(&log);
    without.remove(6);
    folder
        .verify_text(without.join("\n"))
        .assert_found(&format!(
            "event 4 of session {id} (line 7): event 3 is missing where it stands"
        ));
    let mut swapped = lines(&log);
    swapped.swap(6, 7);
    folder
        .verify_text(swapped.join("\n"))
        .assert_found(&format!(
            "event 4 of session {id} (line 7): event 3 is missing where it stands"
        ));
    let mut twice = lines(&log);
    twice.insert(6, twice[6].clone());
    folder.verify_text(twice.join("\n")).assert_found(&format!(
        "event 3 of session {id} (line 8): event 4 is missing where it stands"
    ));
}

#[test]
fn a_session_that_was_removed() {
    let log = log();
    let folder = Folder::new(&log);
    let all = lines(&log);
    let of_a = |line: &&String| line.contains(&session("a").to_string());
    let events = |line: &&String| line.starts_with("{\"event\"");
    let without_events: Vec<_> = all
        .iter()
        .filter(|line| !(of_a(line) && events(line)))
        .cloned()
        .collect();
    folder
        .verify_text(without_events.join("\n"))
        .assert_found("link 1 (line 2): it vouches for 1 events of its session, and they end at 0");
    let without: Vec<_> = all.iter().filter(|line| !of_a(line)).cloned().collect();
    folder
        .verify_text(without.join("\n"))
        .assert_found("link 2 (line 3): link 1 is missing where it stands");
}

#[test]
fn a_cut_tail_needs_an_anchor() {
    let mut log = log();
    let folder = Folder::new(&log);
    folder.write("earlier.jsonl", log.export());
    log.open("d");
    let head = log.ledger_head().to_string();
    folder.write("later.jsonl", log.export());
    let verify = |file: &str, anchor: &str| {
        folder.verify([file, "--public-key", "audit.pub.pem", "--anchor", anchor])
    };
    assert_eq!(verify("later.jsonl", &head).code, 0);
    assert_eq!(
        folder
            .verify(["earlier.jsonl", "--public-key", "audit.pub.pem"])
            .code,
        0
    );
    verify("earlier.jsonl", &head).assert_found(&format!(
        "the record: it does not pass through the anchor {head}: it was cut or rewritten before it"
    ));
    let of_session = format!("{}:1:{}", session("d"), log.session_head("d").hash);
    assert_eq!(verify("later.jsonl", &of_session).code, 0);
    assert_eq!(verify("earlier.jsonl", &of_session).code, 1);
    // Not cut as a record, but as a file.
    let text = log.export();
    let finding = "the file is not as it was written: it was cut short or changed";
    folder
        .verify_text(&text[..text.len() - 200])
        .assert_found(&format!("the record (line 17): {finding}"));
    let lines = text.lines().count();
    let whole: Vec<_> = text.lines().take(lines - 1).collect();
    folder
        .verify_text(whole.join("\n"))
        .assert_found(&format!("the record: {finding}"));
}

#[test]
fn another_s_key() {
    let log = log();
    let folder = Folder::new(&log);
    let other = SigningKey::generate().unwrap();
    folder.write("record.jsonl", log.export());
    folder.write("other.pub.pem", other.verifying_key().to_pem());
    let key = log.key.verifying_key().id();
    let finding = format!("link 1 (line 3): it is signed by another key, {key}");
    folder
        .verify(["record.jsonl", "--public-key", "other.pub.pem"])
        .assert_found(&finding);
    // As after a change of keys; and the document itself.
    let pem = log.key.verifying_key().to_pem();
    for pem in [pem.clone(), pem.replace('\n', "\\n")] {
        let answer = folder.verify([
            "record.jsonl",
            "--public-key",
            "other.pub.pem",
            "--public-key",
            &pem,
        ]);
        assert_eq!(answer.code, 0, "{answer:?}");
    }

    // The whole record, written anew by someone with a key of their own.
    let forged = self::log();
    let key = forged.key.verifying_key().id();
    folder.verify_text(forged.export()).assert_found(&format!(
        "link 1 (line 3): it is signed by another key, {key}"
    ));
    // Who says that it is the right key's.
    let posing = forged
        .export()
        .replace(&key.to_string(), &log.key.verifying_key().id().to_string());
    folder.write(
        "posing.jsonl",
        posing.lines().skip(1).fold(
            log.export().lines().next().unwrap().to_owned(),
            |text, line| text + "\n" + line,
        ),
    );
    let answer = folder.verify(["posing.jsonl", "--public-key", "audit.pub.pem"]);
    answer.assert_found("link 1 (line 3): its signature does not hold");
    assert_eq!(
        folder
            .verify(["posing.jsonl", "--public-key", "other.pub.pem"])
            .code,
        1
    );
}

#[test]
fn a_session_that_was_never_closed() {
    let mut log = Log::new_at(seconds() - 2 * 3600 - 10);
    log.open("a");
    let folder = Folder::new(&log);
    let id = session("a");
    let finding = format!(
        "session {id} (line 3): it was over long ago, and no link closes it over all its events"
    );
    let note = "the record is judged as of now; an archive, as of the time at which it was taken, by --as-of";
    // Whatever the file says of its own age.
    assert!(log.export().lines().next().unwrap().contains("\"at\":\""));
    let archive = folder.verify_text(log.export());
    archive.assert_found(&format!("{finding}\nnote: {note}"));
    let as_of = |time: i64| {
        let time = Timestamp::from_seconds(time).to_string();
        folder.verify([
            "record.jsonl",
            "--public-key",
            "audit.pub.pem",
            "--as-of",
            &time,
        ])
    };
    let taken = seconds() - 2 * 3600;
    assert_eq!(as_of(taken).code, 0);
    as_of(seconds() + 60).assert_found(&finding);
    as_of(taken - 3600).assert_found(&format!(
        "event 1 of session {id} (line 2): it is of a time that was still to come"
    ));
    let value = folder.verify(["record.jsonl", "--json"]).json();
    assert_eq!(value["notes"], json!([note]));
    log.close("a");
    assert_eq!(folder.verify_text(log.export()).code, 0);
}

#[test]
fn a_receipt() {
    let log = log();
    let folder = Folder::new(&log);
    let answer = folder.verify_text(log.receipt("a"));
    let key = log.key.verifying_key().id();
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let head = answer
        .out
        .lines()
        .find_map(|line| line.strip_prefix("head       "))
        .unwrap();
    assert!(head.starts_with("3:"), "{head}");
    assert_eq!(
        answer.out,
        format!(
            "holds\nsession    {}\nevents     5\nsigned by  {key}\nhead       {head}\n",
            session("a")
        )
    );
    let value = folder.verify(["record.jsonl", "--json"]).json();
    assert_eq!(
        value,
        json!({
            "holds": true,
            "record": "receipt",
            "session": session("a"),
            "events": 5,
            "link": 3,
            "head": head,
            "signed_by": null,
            "notes": [format!("unkeyed: shows accidents, not a rewrite; the link names the key {key}")],
        })
    );
    folder.verify_text(log.receipt("a").replacen("GET", "PUT", 1)).assert_found(&format!(
        "event 2 of session {}: it was changed: its hash is not the one that what follows names",
        session("a")
    ));
    let open = folder.verify_text(log.receipt("b"));
    assert!(
        open.out
            .contains("note: the session was still open: it may have gone on\n"),
        "{open:?}"
    );
}

#[test]
fn from_the_standard_input() {
    let log = log();
    let folder = Folder::new(&log);
    let path = folder.write("record.jsonl", log.export());
    let run = |name: &str| {
        let file = fs::File::open(path.with_file_name(name)).unwrap();
        actas()
            .args(["audit", "verify", "-"])
            .stdin(file)
            .output()
            .unwrap()
    };
    assert_eq!(run("record.jsonl").status.code(), Some(0));
    assert_eq!(run("audit.pub.pem").status.code(), Some(3));
}

#[test]
fn nothing_from_a_record_reaches_the_terminal_raw() {
    let log = log();
    let folder = Folder::new(&log);
    let name = "\u{1b}[31mrecord\u{202e}.jsonl";
    let text = log.export();
    let garbled = text.replacen("GET", "\u{1b}[2J", 1);
    for (text, code) in [(text.as_str(), 0), (garbled.as_str(), 1), ("\u{1b}[2J", 3)] {
        folder.write(name, text);
        for args in [
            &[name][..],
            &[name, "--json"],
            &[name, "--public-key", "audit.pub.pem"],
            &[name, "--public-key", "\u{1b}"],
        ] {
            let answer = folder.verify(args);
            let expected = if args.contains(&"\u{1b}") { 3 } else { code };
            assert_eq!(answer.code, expected, "{answer:?}");
            let printed = answer.out + &answer.err;
            assert!(
                !printed.contains(['\u{1b}', '\u{202e}', '\r']),
                "{printed:?}"
            );
        }
    }
}
