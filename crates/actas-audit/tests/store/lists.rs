//! Lists of sessions, and who may read them.

use std::collections::HashSet;

use actas_audit::{AuditScope, ExportFormat, PageError, SessionQuery, SessionStatus, Timestamp};
use serde_json::{Value, json};

use crate::engine::{Engine, session, session_id, sessions, verify};
use crate::issuer::{ISSUER, START};

fn all() -> SessionQuery {
    SessionQuery::new(AuditScope::All)
}

pub(crate) async fn pages_are_stable_under_inserts(engine: &Engine) {
    let log = engine.open().await;
    let begin = async |number: usize| {
        let claims = json!({"sid": format!("sess_{number}")});
        engine.issuer.request(&log, "GET", &claims).await;
        // Several begin in one moment.
        engine
            .issuer
            .clock
            .forward(u64::from(number.is_multiple_of(3)));
    };
    for number in 0..20 {
        begin(number).await;
    }
    let first: HashSet<_> = (0..20)
        .map(|number| session_id(&format!("sess_{number}")))
        .collect();
    let (mut seen, mut cursor, mut added) = (Vec::new(), None, 20);
    loop {
        let query = all().with_limit(3);
        let query = match cursor.take() {
            Some(cursor) => query.with_cursor(cursor),
            None => query,
        };
        let page = sessions(&log, &query).await;
        assert!(page.items.len() <= 3);
        seen.extend(
            page.items
                .into_iter()
                .map(|session| (session.created_at, session.id)),
        );
        begin(added).await;
        added += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|one, other| one > other));
    // One that began in the moment of the first page may be behind it.
    let seen: HashSet<_> = seen.into_iter().map(|(_, id)| id).collect();
    assert!(first.is_subset(&seen));
    // That is: nothing, `1`, no base64, `1 x y`, and `1 5 ` before U+0000.
    for cursor in ["", "MQ", "!", "MSB4IHk", "MSA1IAA"] {
        let error = log.sessions(&all().with_cursor(cursor)).await.unwrap_err();
        assert!(matches!(error, PageError::Cursor), "{cursor}");
    }
    assert_eq!(sessions(&log, &all().with_limit(0)).await.items.len(), 1);
}

pub(crate) async fn a_list_is_filtered(engine: &Engine) {
    let log = engine.open().await;
    for claims in [
        json!({"sid": "a"}),
        json!({"sid": "b", "sub": "user_2", "act": {"sub": "admin_2"}}),
        json!({"sid": "c", "act": {"sub": "admin_1", "iss": "https://staff.example"}, "org_id": "org_1"}),
    ] {
        engine.issuer.request(&log, "GET", &claims).await;
        engine.issuer.clock.forward(10);
    }
    let at = |seconds: u64| Timestamp::from_seconds(i64::try_from(START + seconds).unwrap());
    let user = |issuer: &str| AuditScope::User {
        issuer: issuer.to_owned(),
        user_id: "user_1".to_owned(),
    };
    let organization = |id: &str| AuditScope::Organization {
        issuer: ISSUER.to_owned(),
        id: id.to_owned(),
    };
    for (query, found) in [
        (all(), vec!["c", "b", "a"]),
        (SessionQuery::default(), vec![]),
        (SessionQuery::new(AuditScope::None), vec![]),
        (SessionQuery::new(organization("org_1")), vec!["c"]),
        (SessionQuery::new(organization("org_2")), vec![]),
        (SessionQuery::new(user(ISSUER)), vec!["c", "a"]),
        (SessionQuery::new(user("https://other.example")), vec![]),
        (
            SessionQuery::new(organization("org_1")).with_user_id("user_2"),
            vec![],
        ),
        (all().with_user_id("user_2"), vec!["b"]),
        (all().with_user_id("user_%"), vec![]),
        (all().with_actor("admin_1"), vec!["c", "a"]),
        (all().with_actor_issuer("https://staff.example"), vec!["c"]),
        (all().with_organization_id("org_1"), vec!["c"]),
        (all().with_started_after(at(10)), vec!["c", "b"]),
        (all().with_started_before(at(10)), vec!["a"]),
    ] {
        let page = sessions(&log, &query).await;
        let ids: Vec<_> = page
            .items
            .iter()
            .map(|session| session.session_id.as_deref().unwrap())
            .collect();
        assert_eq!(ids, found, "{query:?}");
    }
    let id = session(&log, "c").await.id;
    for (scope, is_found) in [
        (AuditScope::None, false),
        (organization("org_1"), true),
        (organization("org_2"), false),
        (user(ISSUER), true),
        (AuditScope::All, true),
    ] {
        let found = log.session(&scope, id).await.unwrap();
        assert_eq!(found.is_some(), is_found, "{scope:?}");
        let events = log.events(&scope, id, 0, 500).await.unwrap();
        assert_eq!(!events.is_empty(), is_found, "{scope:?}");
    }
    let events = log
        .events(&AuditScope::All, session_id("a"), 1, 1)
        .await
        .unwrap();
    assert_eq!(
        events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        [2]
    );
}

pub(crate) async fn what_is_exported_is_within_the_scope(engine: &Engine) {
    let log = engine.open().await;
    for claims in [
        json!({"sid": "a"}),
        json!({"sid": "b", "sub": "user_2"}),
        json!({"sid": "c", "o": {"id": "org_1"}, "v": 2}),
    ] {
        engine.issuer.request(&log, "GET", &claims).await;
    }
    // The first of two ends after the second, and there are more than are read at once.
    let own = json!({"sid": "a"});
    let (auth, first) = engine.issuer.reserve(&log, "POST", &own).await.unwrap();
    let many = (0..128).map(|_| engine.issuer.request(&log, "GET", &own));
    futures_util::future::join_all(many).await;
    drop(first);
    // Whoever queues a job can name any request: that of another session is not looked at.
    let other = json!({"sid": "b", "sub": "user_2"});
    let (foreign, _running) = engine.issuer.reserve(&log, "DELETE", &other).await.unwrap();
    let mut context = auth.audit_context().unwrap();
    context.request = foreign.audit_context().unwrap().request;
    log.record(&context, "mail.send", []).await.unwrap();
    log.sweep().await.unwrap();

    let exported = async |scope: AuditScope| {
        let mut events = log.export(scope, ExportFormat::Ecs).await.unwrap();
        let mut lines = Vec::new();
        while let Some(line) = events.next().await.unwrap() {
            let line = line.strip_suffix(b"\n").unwrap();
            lines.push(serde_json::from_slice::<Value>(line).unwrap());
        }
        lines
    };
    let user = |user_id: &str| AuditScope::User {
        issuer: ISSUER.to_owned(),
        user_id: user_id.to_owned(),
    };
    let organization = |id: &str| AuditScope::Organization {
        issuer: ISSUER.to_owned(),
        id: id.to_owned(),
    };
    let of_a = 3 + 2 + 2 * 128 + 1;
    for (scope, expected) in [
        (AuditScope::None, 0),
        (organization("org_1"), 3),
        (organization("org_2"), 0),
        (user("user_1"), of_a + 3),
        (user("user_2"), 4),
        (AuditScope::All, of_a + 3 + 4),
    ] {
        let lines = exported(scope.clone()).await;
        assert_eq!(lines.len(), expected, "{scope:?}");
        if let AuditScope::User { user_id, .. } = &scope {
            for line in &lines {
                assert_eq!(line["user"]["effective"]["id"], json!(user_id), "{line}");
            }
        }
    }
    let lines = exported(user("user_1")).await;
    let count = |method: &str| {
        let of = |line: &&Value| line["http"]["request"]["method"] == method;
        lines.iter().filter(of).count()
    };
    assert_eq!((count("POST"), count("DELETE")), (2, 0));

    let id = session_id("a");
    let damage = format!("UPDATE sessions SET requests = -1 WHERE id = '{id}'");
    engine.execute(&damage).await.unwrap();
    assert_eq!(exported(AuditScope::All).await.len(), of_a + 3 + 4);
}

pub(crate) async fn a_row_that_cannot_be_read_hides_no_other(engine: &Engine) {
    const COLUMNS: &str = "issuer, session_key, session_id, user_id, actor_issuer, actor_token_issuer, actor_subject,
        actor_kind, actor, organization_id, reason, ticket, authorized_party, created_at, last_active_at, expire_at,
        idle_limit, ended_at, end_reason, requests, refusals, writes, seq, head_at, head, linked_seq, linked_head,
        closed_seq, revocation, seal, seal_key";
    let log = engine.open().await;
    for number in 0..4 {
        let claims = json!({"sid": format!("sess_{number}")});
        engine.issuer.request(&log, "GET", &claims).await;
        engine.issuer.clock.forward(1);
    }
    log.sweep().await.unwrap();
    for sql in [
        "UPDATE sessions SET requests = -1 WHERE session_id = 'sess_1'",
        &format!(
            r"INSERT INTO sessions (id, {COLUMNS})
            SELECT 'no \ id', {COLUMNS} FROM sessions WHERE session_id = 'sess_2'"
        ),
    ] {
        assert_eq!(engine.execute(sql).await.unwrap(), 1, "{sql}");
    }
    let page = sessions(&log, &all()).await;
    assert_eq!((page.items.len(), page.unreadable, page.next), (3, 2, None));

    let (mut seen, mut unreadable, mut query) = (Vec::new(), 0, all().with_limit(1));
    loop {
        let page = sessions(&log, &query).await;
        seen.extend(page.items.into_iter().map(|session| session.id));
        unreadable += page.unreadable;
        match page.next {
            Some(next) => query = all().with_limit(1).with_cursor(next),
            None => break,
        }
    }
    let expected = ["sess_3", "sess_2", "sess_0"].map(session_id);
    assert_eq!((seen.as_slice(), unreadable), (&expected[..], 2));

    let unreadable = log.session(&AuditScope::All, session_id("sess_1")).await;
    unreadable.unwrap_err();
    // The row of another name has the key of the session, and does not keep it from being ended.
    let ended = log.end(ISSUER, "sid:sess_2", "stopped").await.unwrap();
    assert_eq!(ended, [session_id("sess_2")]);
}

pub(crate) async fn what_is_pruned_leaves_a_record_that_holds(engine: &Engine) {
    let log = engine.open().await;
    let request = async |sid: &str| {
        let claims = json!({"sid": sid});
        engine.issuer.request(&log, "GET", &claims).await;
    };
    request("old").await;
    request("older").await;
    engine.issuer.clock.forward(24 * 3600);
    request("new").await;
    log.sweep().await.unwrap();
    let now = || Timestamp::from_seconds(i64::try_from(engine.issuer.clock.seconds()).unwrap());

    let early = Timestamp::from_seconds(i64::try_from(START + 3600).unwrap());
    assert_eq!(log.prune(early).await.unwrap().sessions, 0);
    let pruned = log.prune(now()).await.unwrap();
    assert_eq!((pruned.sessions, pruned.events), (2, 6));
    assert_eq!(log.prune(now()).await.unwrap().sessions, 0);
    let report = verify(engine, &log).await.unwrap();
    assert_eq!((report.sessions, report.pruned, report.events), (3, 2, 3));
    assert_eq!(sessions(&log, &all()).await.items.len(), 1);

    // One that is seen again begins anew, and its events are not removed by the old row.
    request("old").await;
    log.sweep().await.unwrap();
    engine
        .execute("DELETE FROM events WHERE seq = 1")
        .await
        .unwrap_err();
    verify(engine, &log).await.unwrap();
    engine.issuer.clock.forward(24 * 3600);
    log.sweep().await.unwrap();
    verify(engine, &log).await.unwrap();
    assert_eq!(log.prune(now()).await.unwrap().sessions, 2);
    let report = verify(engine, &log).await.unwrap();
    assert_eq!((report.sessions, report.pruned, report.events), (4, 4, 0));
}

pub(crate) async fn one_session_of_an_issuer_is_several_where_it_serves_several(engine: &Engine) {
    let log = engine.open().await;
    let organization = |id: &str| json!({"id": id, "rol": "admin"});
    for claims in [
        json!({}),
        json!({"sub": "user_2"}),
        json!({"act": {"sub": "admin_2"}}),
        json!({"act": {"sub": "admin_1", "iss": "https://staff.example"}}),
        json!({"v": 2, "o": organization("org_1")}),
        json!({"v": 2, "o": organization("org_2")}),
        json!({}),
    ] {
        engine.issuer.request(&log, "POST", &claims).await;
    }
    log.sweep().await.unwrap();
    let all = sessions(&log, &SessionQuery::new(AuditScope::All))
        .await
        .items;
    assert_eq!(all.len(), 6);
    assert!(
        all.iter()
            .all(|session| session.session_key == "sid:sess_1")
    );

    let user = |user_id: &str| AuditScope::User {
        issuer: ISSUER.to_owned(),
        user_id: user_id.to_owned(),
    };
    let within = |issuer: &str, id: &str| AuditScope::Organization {
        issuer: issuer.to_owned(),
        id: id.to_owned(),
    };
    for (scope, requests) in [
        (user("user_1"), 6),
        (user("user_2"), 1),
        (within(ISSUER, "org_1"), 1),
        (within(ISSUER, "org_2"), 1),
        (within("https://other.example", "org_1"), 0),
    ] {
        let seen = sessions(&log, &SessionQuery::new(scope.clone()))
            .await
            .items;
        let count: u64 = seen.iter().map(|session| session.requests).sum();
        assert_eq!(count, requests, "{scope:?}");
        for session in &all {
            let events = log.events(&scope, session.id, 0, 500).await.unwrap();
            let is_seen = seen.iter().any(|seen| seen.id == session.id);
            assert_eq!(!events.is_empty(), is_seen, "{scope:?} {session:?}");
        }
    }

    let ended = log.end(ISSUER, "sid:sess_1", "revoked").await.unwrap();
    assert_eq!(ended.len(), 6);
    let all = sessions(&log, &SessionQuery::new(AuditScope::All))
        .await
        .items;
    assert!(
        all.iter()
            .all(|session| session.status == SessionStatus::Revoked)
    );
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn long_ids_that_begin_alike_stay_apart(engine: &Engine) {
    let log = engine.open().await;
    let beyond = |kind: &str, number: usize| format!("{kind}_{}{number}", "x".repeat(600));
    for number in [1, 2] {
        let claims = json!({
            "sub": beyond("user", number), "sid": beyond("sess", number),
            "o": {"id": beyond("org", number)}, "v": 2,
            "act": {"sub": beyond("admin", number), "iss": beyond("staff", number)},
        });
        engine.issuer.request(&log, "GET", &claims).await;
    }
    log.sweep().await.unwrap();
    let issuer = || ISSUER.to_owned();
    for number in [1, 2] {
        let (user_id, id) = (beyond("user", number), beyond("org", number));
        let queries = [
            all().with_user_id(&user_id),
            all().with_organization_id(&id),
            all().with_actor(beyond("admin", number)),
            all().with_actor_issuer(beyond("staff", number)),
            SessionQuery::new(AuditScope::User {
                issuer: issuer(),
                user_id,
            }),
            SessionQuery::new(AuditScope::Organization {
                issuer: issuer(),
                id,
            }),
        ];
        for query in queries {
            let found = sessions(&log, &query).await.items;
            assert_eq!(found.len(), 1, "{query:?}");
            let one = sessions(&log, &all().with_user_id(beyond("user", number))).await;
            assert_eq!(found, one.items);
            assert!(found[0].user_id.len() <= 512, "{}", found[0].user_id);
            assert!(found[0].user_id.contains(actas_audit::CUT));
        }
        let ended = log
            .end(
                ISSUER,
                &format!("sid:{}", beyond("sess", number)),
                "stopped",
            )
            .await;
        assert_eq!(ended.unwrap().len(), 1);
    }
    verify(engine, &log).await.unwrap();
}

pub(crate) async fn what_cannot_be_pruned_keeps_no_other(engine: &Engine) {
    let log = engine.open().await;
    for number in 0..40 {
        let claims = json!({"sid": format!("sess_{number}")});
        engine.issuer.request(&log, "GET", &claims).await;
    }
    engine.issuer.clock.forward(1);
    engine
        .issuer
        .request(&log, "GET", &json!({"sid": "good"}))
        .await;
    engine.issuer.clock.forward(24 * 3600);
    log.sweep().await.unwrap();
    // More than are removed in one transaction.
    let fault = "UPDATE sessions SET linked_seq = 0, linked_head = NULL WHERE session_id <> 'good'";
    engine.execute(fault).await.unwrap();
    let now = Timestamp::from_seconds(i64::try_from(engine.issuer.clock.seconds()).unwrap());
    assert_eq!(log.prune(now).await.unwrap().sessions, 1);
    let left = "SELECT COUNT(*) FROM sessions WHERE session_id = 'good'";
    assert_eq!(engine.number(left).await, 0);
}
