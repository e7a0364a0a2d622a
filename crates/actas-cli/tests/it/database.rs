//! A record where it is: in its database.

use std::fs;
use std::path::Path;

use actas_audit::{AuditLog, SessionId, SessionIdentity, SigningKey, Timestamp};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::command::Folder;
use crate::issuer::{ISSUER, Issuer, START};

const VERIFY: [&str; 3] = ["audit.db", "--public-key", "audit.pub.pem"];

fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

fn now() -> u64 {
    u64::try_from(Timestamp::now().milliseconds() / 1000).unwrap()
}

/// A session of six events that is closed, and an open one of three.
async fn fill(folder: &Folder) -> AuditLog {
    let issuer = Issuer::new();
    // Once a session lasts no longer than since its end, it can be pruned.
    let since = 3700;
    issuer.clock.forward(now().saturating_sub(START + since));
    let log = AuditLog::sqlite(folder.path("audit.db")).with_clock(issuer.clock.clone());
    let log = log.open().await.unwrap();
    issuer.request(&log, "GET", &json!({})).await;
    issuer.request(&log, "POST", &json!({})).await;
    log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    log.sweep().await.unwrap();
    issuer.clock.forward(since);
    issuer.request(&log, "GET", &json!({"sid": "sess_2"})).await;
    log.sweep().await.unwrap();
    folder.write("audit.pub.pem", log.verifying_key().to_pem());
    log
}

/// A folder with a record that nobody has open.
fn filled() -> Folder {
    let folder = Folder::empty();
    wait(async { fill(&folder).await.close().await });
    folder
}

fn closed() -> SessionId {
    recorded("sid:sess_1")
}

fn recorded(session_key: &str) -> SessionId {
    SessionId::of(&SessionIdentity {
        issuer: ISSUER,
        session_key,
        user_id: "user_1",
        actor_issuer: ISSUER,
        actor_subject: "admin_1",
        organization_id: None,
    })
}

/// Changes a database past the record's own code.
async fn change(path: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// What is found in a record that was changed so.
#[track_caller]
fn assert_found(sql: &'static str, finding: &str) {
    let folder = filled();
    wait(change(&folder.path("audit.db"), sql));
    folder.verify(VERIFY).assert_found(finding);
}

#[test]
fn a_record_that_holds_is_left_as_it_is() {
    let folder = filled();
    let before = fs::read(folder.path("audit.db")).unwrap();
    fs::remove_file(folder.path("audit.key")).unwrap();
    let answer = folder.verify(VERIFY);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    let start = "holds\nsessions   2, of which pruned 0\nevents     9\nlinks      3\nsigned by  ";
    assert!(answer.out.starts_with(start), "{answer:?}");
    let note = "\nnote: events that no link vouches for yet: 2\n";
    assert!(answer.out.ends_with(note), "{answer:?}");

    let value = folder.verify(VERIFY.iter().chain(&["--json"])).json();
    assert_eq!(
        (&value["holds"], &value["record"], &value["events"]),
        (&json!(true), &json!("database"), &json!(9))
    );
    assert_eq!(fs::read(folder.path("audit.db")).unwrap(), before);
    assert!(!folder.path("audit.key").exists());
}

#[test]
fn a_record_in_use_is_read_as_it_is_now() {
    let folder = Folder::empty();
    wait(async {
        let log = fill(&folder).await;
        let answer = folder.verify(VERIFY);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
        assert!(answer.out.contains("\nevents     9\n"), "{answer:?}");
        log.end(ISSUER, "sid:sess_2", "stopped").await.unwrap();
        let answer = folder.verify(VERIFY);
        assert!(answer.out.contains("\nevents     10\n"), "{answer:?}");
        log.close().await;
    });
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_enough() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = filled();
    let set = |mode| fs::set_permissions(folder.path("."), fs::Permissions::from_mode(mode));
    set(0o555).unwrap();
    let answer = folder.verify(VERIFY);
    set(0o755).unwrap();
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    assert!(answer.out.contains("\nevents     9\n"), "{answer:?}");
}

#[test]
fn what_was_changed_is_found() {
    let session = closed();
    assert_found(
        "DROP TRIGGER events_are_not_changed;
        UPDATE events SET body = replace(body, '\"GET\"', '\"PUT\"') WHERE kind = 'request'",
        &format!(
            "event 2 of session {session}: it was changed: its hash is not the one that what follows names"
        ),
    );
    assert_found(
        "DROP TRIGGER events_are_not_removed; DELETE FROM events WHERE seq = 3",
        &format!("event 4 of session {session}: event 3 is missing where it stands"),
    );
    assert_found(
        "DROP TRIGGER links_are_not_removed; DELETE FROM links WHERE n = 1",
        "link 2: link 1 is missing where it stands",
    );
    assert_found(
        "DROP TRIGGER links_are_not_changed; UPDATE links SET signature = zeroblob(64) WHERE n = 1",
        "link 1: its signature does not hold",
    );
    assert_found(
        "DROP TRIGGER links_are_not_changed; UPDATE links SET signature = x'00' WHERE n = 1",
        "the record: a row of the database is not as it was written",
    );
    assert_found(
        "UPDATE sessions SET end_reason = 'signed_out' WHERE session_id = 'sess_1'",
        &format!(
            "session {session}: the list of sessions says another end_reason of it than its events and links"
        ),
    );
}

#[test]
fn an_earlier_head_is_an_anchor() {
    let folder = filled();
    let value = folder.verify(VERIFY.iter().chain(&["--json"])).json();
    let head = value["head"].as_str().unwrap().to_owned();
    let with_head = VERIFY.iter().copied().chain(["--anchor", &head]);
    assert_eq!(folder.verify(with_head.clone()).code, 0);
    wait(change(
        &folder.path("audit.db"),
        "DROP TRIGGER links_are_not_removed; DROP TRIGGER events_are_not_removed; DROP TRIGGER sessions_are_not_removed;
        DELETE FROM sessions WHERE id = (SELECT session FROM links WHERE n = 3);
        DELETE FROM events WHERE session = (SELECT session FROM links WHERE n = 3);
        DELETE FROM links WHERE n = 3",
    ));
    assert_eq!(folder.verify(VERIFY).code, 0);
    folder.verify(with_head).assert_found(&format!(
        "the record: it does not pass through the anchor {head}: it was cut or rewritten before it"
    ));
}

#[test]
fn what_is_no_record_is_not_made_one() {
    let folder = Folder::empty();
    let other = folder.path("other.db");
    fs::write(&other, "").unwrap();
    wait(change(&other, "CREATE TABLE notes (text TEXT)"));
    let before = fs::read(&other).unwrap();
    let answer = folder.verify(["other.db"]);
    assert_eq!(
        (answer.code, answer.err.as_str()),
        (3, "actas: other.db: the database holds no audit record\n")
    );
    assert_eq!(fs::read(&other).unwrap(), before);

    let folder = filled();
    let later = "UPDATE actas_audit_migrations SET version = version + 1";
    wait(change(&folder.path("audit.db"), later));
    let answer = folder.verify(["audit.db"]);
    assert_eq!(answer.code, 3);
    assert!(answer.err.contains("made by a later release"), "{answer:?}");
}

#[test]
fn no_password_is_told() {
    let folder = Folder::empty();
    for (url, problem) in [
        (
            "postgres://auditor:s3cret@127.0.0.1:1/app",
            "the audit database cannot be read: ",
        ),
        (
            "postgresql://auditor:s3cret@[/app",
            "the URL of the audit database cannot be read",
        ),
    ] {
        let answer = folder.verify([url]);
        assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
        let start = format!("actas: the database: {problem}");
        assert!(answer.err.starts_with(&start), "{answer:?}");
        assert!(!answer.err.contains("s3cret"), "{answer:?}");
    }
}

#[test]
fn an_export_and_a_receipt_hold() {
    let folder = filled();
    let answer = folder.audit("export", ["audit.db"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    let answer = folder.verify_text(&answer.out);
    let of_database = folder.verify(VERIFY);
    assert_eq!((answer.code, answer.out), (0, of_database.out));

    let session = closed().to_string();
    let answer = folder.audit("receipt", ["audit.db", &session]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    let answer = folder.verify_text(&answer.out);
    let start = format!("holds\nsession    {session}\nevents     6\nsigned by  ");
    assert!(answer.out.starts_with(&start), "{answer:?}");

    let unknown = recorded("sid:other").to_string();
    let answer = folder.audit("receipt", ["audit.db", &unknown]);
    assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
    assert!(answer.err.contains(&unknown), "{answer:?}");
    assert_eq!(folder.audit("receipt", ["audit.db", "sess_1"]).code, 2);
}

#[test]
fn events_are_exported_for_other_systems() {
    let folder = filled();
    for (format, actor, path) in [
        ("ocsf", "/actor/user/uid", "/user/uid"),
        ("ecs", "/user/id", "/user/effective/id"),
    ] {
        let answer = folder.audit("export", ["audit.db", "--format", format]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
        let events: Vec<serde_json::Value> = answer
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(events.len(), 9, "{format}");
        for event in &events {
            assert_eq!(event.pointer(actor), Some(&json!("admin_1")), "{event}");
        }
        assert!(
            events
                .iter()
                .any(|event| event.pointer(path) == Some(&json!("user_1")))
        );
        // The outcome of a request names its method, which stands in another event.
        let posts = answer.out.matches("POST").count();
        assert!(posts >= 2, "{posts}");
    }
}

#[test]
fn an_export_of_what_is_no_record() {
    let folder = Folder::empty();
    for command in ["export", "receipt"] {
        let session = closed().to_string();
        let args = ["missing.db", &session];
        let args = args.iter().take(if command == "export" { 1 } else { 2 });
        let answer = folder.audit(command, args);
        assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
        assert!(answer.err.starts_with("actas: missing.db: "), "{answer:?}");
        assert!(!folder.path("missing.db").exists());
    }
}

#[test]
fn what_is_pruned_leaves_a_record_that_holds() {
    let folder = filled();
    let prune = |database, before, key| {
        folder.audit("prune", [database, "--before", before, "--key-file", key])
    };
    let later = "2100-01-01T00:00:00+01:00";
    let before = fs::read(folder.path("audit.db")).unwrap();
    assert_eq!(prune("audit.db", "yesterday", "audit.key").code, 2);
    // Neither a key nor a record is made, and none but the record's own key signs.
    assert_eq!(prune("audit.db", later, "missing.key").code, 3);
    assert!(!folder.path("missing.key").exists());
    assert_eq!(prune("missing.db", later, "audit.key").code, 3);
    assert!(!folder.path("missing.db").exists());
    SigningKey::open_or_create(folder.path("other.key")).unwrap();
    let answer = prune("audit.db", later, "other.key");
    assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
    assert!(answer.err.contains("signed by another key"), "{answer:?}");
    assert_eq!(fs::read(folder.path("audit.db")).unwrap(), before);

    let change_row = |sql| wait(change(&folder.path("audit.db"), sql));
    change_row("UPDATE sessions SET requests = requests + 1 WHERE session_id = 'sess_1'");
    let answer = prune("audit.db", later, "audit.key");
    let left = "removed    0 sessions, 0 events\nleft       1 sessions that were last written with another key (--previous-key-file), or by another\n";
    assert_eq!((answer.code, answer.out.as_str()), (0, left), "{answer:?}");
    change_row("UPDATE sessions SET requests = requests - 1 WHERE session_id = 'sess_1'");

    for (time, removed) in [
        ("2020-01-01T00:00:00Z", "removed    0 sessions, 0 events\n"),
        (later, "removed    1 sessions, 6 events\n"),
    ] {
        let answer = prune("audit.db", time, "audit.key");
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
        assert_eq!(answer.out, removed);
    }
    let answer = folder.verify(VERIFY);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    let start = "holds\nsessions   2, of which pruned 1\nevents     3\nlinks      4\n";
    assert!(answer.out.starts_with(start), "{answer:?}");
}

#[test]
fn what_an_earlier_key_wrote_is_pruned_with_it() {
    let folder = filled();
    let new = SigningKey::open_or_create(folder.path("new.key")).unwrap();
    wait(async {
        let issuer = Issuer::new();
        let log = AuditLog::sqlite(folder.path("audit.db")).with_signing_key(new);
        let log = log.open().await.unwrap();
        issuer.clock.forward(now().saturating_sub(START));
        issuer.request(&log, "GET", &json!({"sid": "sess_3"})).await;
        log.close().await;
    });
    let prune = |more: &[&str]| {
        let args = [
            "audit.db",
            "--before",
            "2100-01-01T00:00:00Z",
            "--key-file",
            "new.key",
            "--json",
        ];
        folder.audit("prune", args.iter().chain(more))
    };
    let answer = prune(&[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer.json(),
        json!({"sessions": 0, "events": 0, "left": 1})
    );
    let answer = prune(&["--previous-key-file", "missing\u{1b}.key"]);
    assert_eq!(answer.code, 3, "{answer:?}");
    let error = answer.json();
    let error = error["error"].as_str().unwrap();
    assert!(error.contains(r"missing\u{1b}.key"), "{error}");
    let answer = prune(&["--previous-key-file", "audit.key"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer.json(),
        json!({"sessions": 1, "events": 6, "left": 0})
    );
}
