//! What the list answers, however it is mounted.

use serde_json::{Value, json};

use crate::support::{Mount, Record, START, request, send};

const START_MS: u64 = START * 1000;

/// The `sid`s of a page.
fn sessions(page: &Value) -> String {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|session| session["session_id"].as_str().unwrap())
        .collect()
}

pub(crate) async fn filters_choose_and_the_newest_is_first(record: &Record) {
    for mount in Mount::ALL {
        let server = record.serve(mount);
        for (query, expected) in [
            (String::new(), "dcba"),
            ("?user_id=user_1".to_owned(), "ca"),
            ("?actor=admin_2".to_owned(), "dc"),
            (
                "?actor=admin_2&actor_issuer=https://dashboard.example".to_owned(),
                "c",
            ),
            (
                "?actor_issuer=https%3A%2F%2Fissuer.example".to_owned(),
                "dba",
            ),
            ("?status=active".to_owned(), "b"),
            ("?status=expired".to_owned(), "a"),
            ("?status=ended".to_owned(), "c"),
            ("?status=revoked".to_owned(), "d"),
            (format!("?started_after={}", START_MS + 20_000), "dc"),
            (format!("?started_before={}", START_MS + 20_000), "ba"),
            (
                format!(
                    "?started_after={}&started_before={}",
                    START_MS + 10_000,
                    START_MS + 10_001
                ),
                "b",
            ),
            ("?user_id=user_1&status=ended&limit=500".to_owned(), "c"),
            ("?user_id=user".to_owned(), ""),
            ("?user_id=%25".to_owned(), ""),
            ("?user_id=user_1%00".to_owned(), ""),
            (format!("?actor={}", "%F0%9F%91%8D".repeat(512)), ""),
            ("?user_id=user_1'%20OR%20'1'='1".to_owned(), ""),
        ] {
            let answer = record
                .ask(server, "auditor", &format!("/sessions{query}"))
                .await;
            assert_eq!(answer.status, 200, "{mount:?} {query}");
            assert_eq!(sessions(&answer.json()), expected, "{mount:?} {query}");
            assert_eq!(answer.json()["next_cursor"], Value::Null);
            assert_eq!(answer.json()["unreadable"], 0);
        }
    }
}

pub(crate) async fn pages_are_whole_while_sessions_begin(record: &Record) {
    for mount in Mount::ALL {
        let server = record.serve(mount);
        let before: String = sessions(&record.ask(server, "auditor", "/sessions").await.json());
        let (mut seen, mut path, mut begun) = (String::new(), "/sessions?limit=1".to_owned(), 0);
        loop {
            let page = record.ask(server, "auditor", &path).await.json();
            seen.push_str(&sessions(&page));
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/sessions?limit=1&cursor={next}");
            let sid = format!("{mount:?}{begun}");
            let claims = json!({ "sub": "user_4", "sid": sid, "act": { "sub": "admin_1" } });
            record.issuer.request(&record.log, "GET", &claims).await;
            record.clock.forward(1);
            begun += 1;
        }
        assert_eq!(seen, before, "{mount:?}");
        assert!(begun > 2, "{mount:?}");
    }
}

pub(crate) async fn a_session_reads_as_clerks(record: &Record) {
    let [id, ..] = &record.ids;
    let expected = json!({
        "object": "session",
        "id": id,
        "user_id": "user_1",
        "actor": { "sub": "admin_1", "reason": "invoice 7 is wrong", "ticket": "T-7" },
        "actor_issuer": "https://issuer.example",
        "actor_subject": "admin_1",
        "actor_kind": "human",
        "status": "expired",
        "created_at": START_MS,
        "last_active_at": START_MS,
        "expire_at": START_MS + 60_000,
        "ended_at": null,
        "end_reason": null,
        "issuer": "https://issuer.example",
        "session_id": "a",
        "organization_id": "org_1",
        "authorized_party": "app",
        "reason": "invoice 7 is wrong",
        "ticket": "T-7",
        "requests": 1,
        "refusals": 0,
        "writes": 1,
        "events": 3,
    });
    for mount in Mount::ALL {
        let server = record.serve(mount);
        let answer = record
            .ask(server, "auditor", &format!("/sessions/{id}"))
            .await;
        assert_eq!(answer.json(), expected, "{mount:?}");
        assert_eq!(answer.header("content-type"), "application/json");
        let page = record
            .ask(server, "auditor", "/sessions?status=expired")
            .await;
        assert_eq!(page.json()["data"], json!([expected]), "{mount:?}");
    }
}

pub(crate) async fn events_come_in_their_order_a_page_at_a_time(record: &Record) {
    let id = &record.ids[2];
    for mount in Mount::ALL {
        let server = record.serve(mount);
        let path = format!("/sessions/{id}/events");
        let whole = record.ask(server, "auditor", &path).await.json();
        let kinds = |page: &Value| -> Vec<String> {
            let events = page["data"].as_array().unwrap().iter();
            let kind =
                |event: &Value| format!("{} {}", event["seq"], event["kind"].as_str().unwrap());
            events.map(kind).collect()
        };
        let expected = [
            "1 session_started",
            "2 request",
            "3 outcome",
            "4 session_ended",
        ];
        assert_eq!(kinds(&whole), expected, "{mount:?}");
        assert_eq!(whole["next_after"], Value::Null);
        assert_eq!(whole["data"][0]["actor"]["subject"], "admin_2");
        assert_eq!(whole["data"][1]["route"], "/users/{id}");
        assert_eq!(whole["data"][1]["prev"], whole["data"][0]["hash"]);
        assert_eq!(
            whole["data"][2]["notes"],
            json!([{ "name": "invoice", "value": "7" }])
        );
        assert_eq!(whole["data"][3]["reason"], "stopped");

        let page = record
            .ask(server, "auditor", &format!("{path}?limit=2"))
            .await
            .json();
        assert_eq!(kinds(&page), expected[..2]);
        assert_eq!(page["next_after"], 2);
        let page = record
            .ask(server, "auditor", &format!("{path}?limit=3&after=2"))
            .await;
        assert_eq!(kinds(&page.json()), expected[2..]);
        assert_eq!(page.json()["next_after"], Value::Null);
        let page = record
            .ask(server, "auditor", &format!("{path}?after=9007199254740991"))
            .await;
        assert_eq!(page.json(), json!({ "data": [], "next_after": null }));
    }
}

pub(crate) async fn a_parameter_that_is_wrong_is_named(record: &Record) {
    let events = format!("/sessions/{}/events", record.ids[0]);
    let session = format!("/sessions/{}", record.ids[0]);
    for mount in Mount::ALL {
        let server = record.serve(mount);
        for (path, query, name) in [
            ("/sessions", "limit=0", Some("limit")),
            ("/sessions", "limit=501", Some("limit")),
            ("/sessions", "limit=+1", Some("limit")),
            ("/sessions", "limit=", Some("limit")),
            ("/sessions", "limit=99999999999999999999", Some("limit")),
            ("/sessions", "limit=1&limit=2", Some("limit")),
            ("/sessions", "status=Active", Some("status")),
            (
                "/sessions",
                "started_after=2026-11-25",
                Some("started_after"),
            ),
            ("/sessions", "started_before=-1", Some("started_before")),
            (
                "/sessions",
                "started_before=253402207200001",
                Some("started_before"),
            ),
            ("/sessions", "user_id=", Some("user_id")),
            ("/sessions", "actor_issuer=", Some("actor_issuer")),
            ("/sessions", "cursor=%3Cscript%3E", Some("cursor")),
            ("/sessions", "cursor=", Some("cursor")),
            ("/sessions", "userid=user_1", None),
            (session.as_str(), "limit=1", None),
            (events.as_str(), "after=-1", Some("after")),
            (events.as_str(), "after=9007199254740992", Some("after")),
            (events.as_str(), "limit=x", Some("limit")),
            ("/me/impersonations", "limit=x", Some("limit")),
            ("/me/impersonations", "cursor=x", Some("cursor")),
            ("/me/impersonations", "user_id=user_2", None),
        ] {
            let answer = record
                .ask(server, "auditor", &format!("{path}?{query}"))
                .await;
            assert_eq!(answer.status, 400, "{mount:?} {path} {query}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let problem = answer.json();
            assert_eq!(problem["code"], "invalid_parameter");
            assert_eq!(problem["type"], "urn:actas:problem:invalid_parameter");
            assert_eq!(problem["status"], 400);
            assert_eq!(problem["parameter"].as_str(), name, "{mount:?} {query}");
            assert!(!answer.text().contains("script"), "{mount:?} {query}");
        }
        let long = "x".repeat(513);
        let answer = record
            .ask(server, "auditor", &format!("/sessions?actor={long}"))
            .await;
        assert_eq!(answer.json()["parameter"], "actor", "{mount:?}");
    }
}

pub(crate) async fn text_cannot_act_on_a_terminal(record: &Record) {
    let user = "user\u{1b}[2J\r\n\u{202e}\u{9b}31m\u{7f}\u{2066}";
    let claims =
        json!({ "sub": user, "sid": "e", "act": { "sub": user, "reason": user, "more": user } });
    let id = record.issuer.request(&record.log, "GET", &claims).await;
    for mount in Mount::ALL {
        let server = record.serve(mount);
        for path in [
            "/sessions?limit=1".to_owned(),
            format!("/sessions/{id}"),
            format!("/sessions/{id}/events"),
        ] {
            let answer = record.ask(server, "auditor", &path).await;
            assert_eq!(answer.status, 200, "{mount:?} {path}");
            let printable = answer.body.iter().all(|byte| matches!(byte, b' '..=b'~'));
            assert!(printable, "{mount:?} {path}: {}", answer.text());
        }
        let session = record
            .ask(server, "auditor", &format!("/sessions/{id}"))
            .await
            .json();
        assert_eq!(session["user_id"], user, "{mount:?}");
        assert_eq!(session["actor"]["more"], user, "{mount:?}");
        assert_eq!(session["reason"], user, "{mount:?}");
    }
}

pub(crate) async fn nothing_is_cached_and_nothing_but_get_is_taken(record: &Record) {
    let paths = [
        "/sessions".to_owned(),
        format!("/sessions/{}", record.ids[0]),
        format!("/sessions/{}/events", record.ids[0]),
        "/me/impersonations".to_owned(),
        "/openapi.json".to_owned(),
    ];
    let token = record.issuer.direct("auditor");
    for mount in Mount::ALL {
        let server = record.serve(mount);
        for path in &paths {
            for (method, status) in [("GET", 200), ("HEAD", 200), ("POST", 405), ("DELETE", 405)] {
                let request = request(method, &format!("/admin{path}"))
                    .header("authorization", format!("Bearer {token}"));
                let answer = send(server, request.body(axum::body::Body::empty()).unwrap()).await;
                assert_eq!(answer.status, status, "{mount:?} {method} {path}");
                assert_eq!(
                    answer.header("cache-control"),
                    "no-store",
                    "{mount:?} {path}"
                );
            }
        }
    }
}

pub(crate) async fn a_record_that_cannot_be_read_is_unavailable(record: &Record) {
    record.log.close().await;
    for mount in Mount::ALL {
        let server = record.serve(mount);
        for path in [
            "/sessions".to_owned(),
            format!("/sessions/{}", record.ids[0]),
            format!("/sessions/{}/events", record.ids[0]),
            "/me/impersonations".to_owned(),
        ] {
            let answer = record.ask(server, "auditor", &path).await;
            assert_eq!(answer.status, 503, "{mount:?} {path}");
            assert_eq!(answer.header("retry-after"), "5");
            assert_eq!(answer.json()["code"], "record_unavailable");
        }
    }
}
