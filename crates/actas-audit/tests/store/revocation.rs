//! How sessions are revoked.

use std::time::Duration;

use actas_audit::{AuditLog, PageError, Revocation, SessionStatus, Timestamp};
use actas_core::ErrorKind;
use serde_json::{Value, json};

use crate::control::{ends, new_session, refusal};
use crate::engine::{Engine, kinds, session, verify};
use crate::issuer::{ISSUER, START};

const HOUR: u64 = 3600;

fn by_actor(subject: &str) -> Revocation {
    Revocation::Actor {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
    }
}

fn by_key(sid: &str) -> Revocation {
    Revocation::Session {
        issuer: ISSUER.to_owned(),
        session_key: format!("sid:{sid}"),
    }
}

/// Whether a request runs. Where none does, its session was revoked.
async fn runs(engine: &Engine, log: &AuditLog, claims: &Value) -> bool {
    match engine.issuer.reserve(log, "GET", claims).await {
        Ok((_, recording)) => {
            recording.complete();
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ImpersonationEnded);
            let sid = claims["sid"].as_str().unwrap();
            assert_eq!(ends(log, sid).await, ["revoked"]);
            assert_eq!(session(log, sid).await.status, SessionStatus::Revoked);
            false
        }
    }
}

pub(crate) async fn what_is_revoked_runs_nowhere(engine: &Engine) {
    let (log, other) = (engine.open().await, engine.open().await);
    let user = Revocation::User {
        issuer: ISSUER.to_owned(),
        user_id: "user_2".to_owned(),
    };
    let elsewhere = Revocation::Actor {
        issuer: "https://other.example".to_owned(),
        subject: "admin_1".to_owned(),
    };
    for (number, (revocation, expected)) in [
        (by_key("2"), [true, true, false]),
        (by_actor("admin_1"), [false, true, false]),
        (user, [true, false, true]),
        (elsewhere, [true, true, true]),
        (Revocation::Everything, [false, false, false]),
    ]
    .into_iter()
    .enumerate()
    {
        // The sessions of before are over, and may have a name that is revoked.
        engine.issuer.clock.forward(2 * HOUR);
        let sid = |session| {
            if number == 0 && session == 2 {
                "2".to_owned()
            } else {
                format!("{number}_{session}")
            }
        };
        let all = [
            json!({"sid": sid(0), "act": {"sub": "admin_1"}, "sub": "user_1"}),
            json!({"sid": sid(1), "act": {"sub": "admin_2"}, "sub": "user_2"}),
            json!({"sid": sid(2), "act": {"sub": "admin_1"}, "sub": "user_1"}),
        ];
        for claims in &all {
            engine.issuer.request(&log, "GET", claims).await;
        }
        log.sweep().await.unwrap();
        other
            .revoke(&revocation, Some("boss"), "left the team")
            .await
            .unwrap();
        for (claims, expected) in all.iter().zip(expected) {
            // It is written at once.
            let ended = ends(&log, claims["sid"].as_str().unwrap()).await;
            assert_eq!(ended.is_empty(), expected, "{revocation:?} {claims}");
            let runs = runs(engine, &log, claims).await;
            assert_eq!(runs, expected, "{revocation:?} {claims}");
        }
    }
    let told =
        "SELECT COUNT(*) FROM revocations WHERE revoked_by = 'boss' AND reason = 'left the team'";
    assert_eq!(engine.number(told).await, 5);
    log.sweep().await.unwrap();
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn a_session_may_have_begun_before_it_was_seen(engine: &Engine) {
    let longest = Duration::from_hours(2);
    let builder = engine.builder().with_longest_session(longest);
    let log = builder.open().await.unwrap();
    let clock = &engine.issuer.clock;
    log.revoke(&by_actor("admin_1"), None, "").await.unwrap();
    log.revoke(&by_key("own"), None, "").await.unwrap();
    clock.forward(2 * HOUR);
    assert!(!runs(engine, &log, &json!({"sid": "first"})).await);
    assert_eq!(
        kinds(&log, "first").await[..2],
        ["session_started", "session_ended"]
    );
    let other = json!({"sid": "other", "act": {"sub": "admin_2"}});
    assert!(runs(engine, &log, &other).await);
    // One whose start is told begins now.
    log.start(new_session(engine, "announced")).await.unwrap();
    assert!(runs(engine, &log, &json!({"sid": "announced"})).await);

    clock.forward(1);
    assert!(runs(engine, &log, &json!({"sid": "later"})).await);
    assert!(!runs(engine, &log, &json!({"sid": "first"})).await);
    clock.forward(1000 * HOUR);
    assert!(!runs(engine, &log, &json!({"sid": "own"})).await);
    log.sweep().await.unwrap();
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn one_that_began_before_is_revoked_for_good(engine: &Engine) {
    let log = engine.open().await;
    // Longer than a session lasts, and by whatever clock.
    let claims = json!({"sid": "long", "exp": engine.issuer.clock.seconds() + 1000 * HOUR});
    assert!(runs(engine, &log, &claims).await);
    engine.issuer.clock.forward(500 * HOUR);
    assert!(runs(engine, &log, &claims).await);
    engine.issuer.clock.back(HOUR);
    log.revoke(&by_actor("admin_1"), None, "").await.unwrap();
    assert!(!runs(engine, &log, &claims).await);
    assert_eq!(
        refusal(engine, &log, &claims).await,
        ErrorKind::ImpersonationEnded
    );
    // Another is held against it once, and goes on.
    let other = json!({"sid": "other", "act": {"sub": "admin_2"}});
    for _ in 0..2 {
        assert!(runs(engine, &log, &other).await);
    }
    for sql in [
        "UPDATE revocations SET kind = 'user'",
        "DELETE FROM revocations",
        engine.choose(
            "REPLACE INTO revocations SELECT * FROM revocations",
            "TRUNCATE revocations",
        ),
    ] {
        let error = engine.execute(sql).await.unwrap_err();
        assert!(error.contains("audit record"), "{sql}: {error}");
    }
}

pub(crate) async fn it_is_told_who_revoked_what_and_why(engine: &Engine) {
    let log = engine.open().await;
    let user = Revocation::User {
        issuer: ISSUER.to_owned(),
        user_id: "nul \0 and \\".to_owned(),
    };
    let all = [
        (by_key("sess_1"), Some("boss"), "left open"),
        (by_actor("admin_1"), None, ""),
        (user, Some("\0"), "\0"),
        (Revocation::Everything, Some("boss"), "a break-in"),
    ];
    for (revocation, by, reason) in &all {
        log.revoke(revocation, *by, reason).await.unwrap();
        engine.issuer.clock.forward(1);
    }
    let (mut told, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = log.revocations(cursor.as_deref(), 3).await.unwrap();
        assert!(page.items.len() <= 3 && page.unreadable == 0, "{page:?}");
        told.extend(page.items);
        // What is made in the meantime stands before the first page.
        log.revoke(&by_key("later"), None, "").await.unwrap();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(told.len(), 4);
    for ((number, told), expected) in (1..).zip(told.iter().rev()).zip(&all) {
        let (revocation, by, reason) = expected;
        assert_eq!(told.n, number);
        assert_eq!(
            told.at,
            Timestamp::from_seconds(i64::try_from(START + number - 1).unwrap())
        );
        assert_eq!(
            (&told.revocation, told.by.as_deref(), told.reason.as_str()),
            (revocation, *by, *reason)
        );
    }
    for cursor in ["", "x", "1 2"] {
        let error = log.revocations(Some(cursor), 1).await.unwrap_err();
        assert!(matches!(error, PageError::Cursor), "{cursor}");
    }
    let other =
        "INSERT INTO revocations (n, at, kind, issuer, reason) VALUES (99, 0, 'actor', 'x', '')";
    engine.execute(other).await.unwrap();
    let page = log.revocations(None, 1).await.unwrap();
    assert_eq!((page.items.len(), page.unreadable), (0, 1));
    let page = log.revocations(page.next.as_deref(), 1).await.unwrap();
    assert_eq!((page.items[0].n, page.unreadable), (6, 0));
}

pub(crate) async fn what_cannot_be_revoked_in_time_says_so(engine: &Engine) {
    let builder = engine.builder().with_deadline(Duration::from_millis(300));
    let log = builder.open().await.unwrap();
    log.sweep().await.unwrap();
    let away = engine.lock_table("revocations").await;
    let everything = Revocation::Everything;
    log.revoke(&everything, None, "").await.unwrap_err();
    drop(away);
    assert_eq!(engine.number("SELECT COUNT(*) FROM revocations").await, 0);
    log.revoke(&everything, None, "").await.unwrap();
    assert_eq!(engine.number("SELECT COUNT(*) FROM revocations").await, 1);
}
