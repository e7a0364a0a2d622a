//! A list of sessions that says other than their events.

use actas_audit::{Place, Problem};
use serde_json::json;

use crate::engine::{Engine, judge, session_id, verify};
use crate::issuer::ISSUER;

/// Takes a trigger of this table away, as who owns the database can.
async fn untie(engine: &Engine, trigger: &str, table: &str) {
    let sqlite = format!("DROP TRIGGER {trigger}");
    let postgres = format!("DROP TRIGGER {trigger} ON {table}");
    let drop = engine.choose(&sqlite, &postgres);
    engine.execute(drop).await.unwrap();
}

pub(crate) async fn each_column_of_the_list_is_what_the_events_say(engine: &Engine) {
    let log = engine.open().await;
    let claims = json!({
        "azp": "https://app.example", "o": {"id": "org_1"}, "v": 2,
        "act": {
            "sub": "admin_1", "iss": "https://staff.example", "reason": "cannot pay", "ticket": "T-1",
            "act": {"sub": "admin_0"},
        },
    });
    for method in ["GET", "POST"] {
        engine.issuer.request(&log, method, &claims).await;
        engine.issuer.clock.forward(1);
    }
    log.end(ISSUER, "sid:sess_1", "stopped").await.unwrap();
    log.sweep().await.unwrap();
    engine
        .issuer
        .request(&log, "GET", &json!({"sid": "sess_2"}))
        .await;
    log.sweep().await.unwrap();
    let before = judge(engine, &log).await.unwrap();

    untie(engine, "sessions_are_not_another", "sessions").await;
    let copy = "CREATE TABLE copy AS SELECT * FROM sessions";
    engine.execute(copy).await.unwrap();
    let zeros = "0".repeat(64);
    let hash = engine.choose("X'{}'", r"'\x{}'").replace("{}", &zeros);
    let act = r#"'{"sub":"admin_1","iss":"https://staff.example"}'"#;
    for (column, value) in [
        ("issuer", "'other'"),
        ("session_key", "'sid:sess_3'"),
        ("session_id", "NULL"),
        ("user_id", "'user_2'"),
        ("organization_id", "'org_2'"),
        ("reason", "NULL"),
        ("ticket", "'T-2'"),
        ("authorized_party", "'other'"),
        ("created_at", "created_at - 1"),
        ("actor", act),
        ("actor_issuer", "'other'"),
        ("actor_token_issuer", "'other'"),
        ("actor_subject", "'admin_2'"),
        ("actor_kind", "'agent'"),
        ("last_active_at", "last_active_at + 1"),
        ("expire_at", "expire_at + 1"),
        ("ended_at", "NULL"),
        ("end_reason", "'signed_out'"),
        ("requests", "requests - 1"),
        ("refusals", "1"),
        ("writes", "0"),
        ("head", &hash),
        ("head_at", "0"),
        ("linked_head", &hash),
        ("closed_seq", "0"),
    ] {
        let change = format!("UPDATE sessions SET {column} = {value} WHERE session_id = 'sess_1'");
        assert_eq!(engine.execute(&change).await.unwrap(), 1);
        let finding = judge(engine, &log).await.unwrap_err();
        assert_eq!(finding.problem, Problem::Listed(column));
        let Place::Session(id) = finding.place else {
            panic!("{finding}");
        };
        assert_ne!(id, session_id("sess_2"));
        let back = format!(
            "UPDATE sessions SET {column} = (SELECT c.{column} FROM copy c WHERE c.id = sessions.id)"
        );
        engine.execute(&back).await.unwrap();
        assert_eq!(judge(engine, &log).await.unwrap(), before, "{column}");
    }
    // The record itself holds all the while.
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn the_list_has_the_sessions_of_the_events_and_no_other(engine: &Engine) {
    let log = engine.open().await;
    for sid in ["sess_1", "sess_2", "sess_3"] {
        let claims = json!({ "sid": sid });
        engine.issuer.request(&log, "GET", &claims).await;
    }
    log.sweep().await.unwrap();
    judge(engine, &log).await.unwrap();
    untie(engine, "sessions_are_not_removed", "sessions").await;
    let copy = "CREATE TABLE copy AS SELECT * FROM sessions";
    engine.execute(copy).await.unwrap();
    for sid in ["sess_1", "sess_2", "sess_3"] {
        let remove = format!("DELETE FROM sessions WHERE session_id = '{sid}'");
        assert_eq!(engine.execute(&remove).await.unwrap(), 1);
        let finding = judge(engine, &log).await.unwrap_err();
        let of = Place::Session(session_id(sid));
        assert_eq!((finding.place, finding.problem), (of, Problem::Unlisted));
        let back =
            "INSERT INTO sessions SELECT * FROM copy WHERE id NOT IN (SELECT id FROM sessions)";
        assert_eq!(engine.execute(back).await.unwrap(), 1);
    }
    judge(engine, &log).await.unwrap();
    // Before all others, and after them.
    for digit in ["0", "f"] {
        let id = format!("imp_{}", digit.repeat(32));
        let add = format!(
            "UPDATE copy SET id = '{id}'; INSERT INTO sessions SELECT * FROM copy WHERE session_id = 'sess_1'"
        );
        engine.execute(&add).await.unwrap();
        let finding = judge(engine, &log).await.unwrap_err();
        let of = Place::Session(id.parse().unwrap());
        assert_eq!((finding.place, finding.problem), (of, Problem::ListedAlone));
        let remove = format!("DELETE FROM sessions WHERE id = '{id}'");
        assert_eq!(engine.execute(&remove).await.unwrap(), 1);
    }
    // What stands beside the body of an event is the body's as well.
    untie(engine, "events_are_not_changed", "events").await;
    let change = "UPDATE events SET at = at + 1 WHERE seq = 2";
    assert_eq!(engine.execute(change).await.unwrap(), 3);
    let finding = judge(engine, &log).await.unwrap_err();
    assert_eq!(finding.problem, Problem::Row);
    assert!(matches!(finding.place, Place::Event { seq: 2, .. }));
}
