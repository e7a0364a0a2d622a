//! Events in the schemas of others.

use actas_audit::{
    About, Action, End, Escaped, Event, EventId, EventKind, ExportFormat, Note, Outcome,
    RecordedActor, RecordedActorKind, RecordedDecision, RefusedToken, Request, SessionEnded,
    SessionStarted, Timestamp,
};
use serde_json::{Value, json};

use crate::support::log::START;

fn started() -> SessionStarted {
    SessionStarted {
        issuer: "https://clerk.example.com".into(),
        session_key: "sid:sess_1".into(),
        session_id: Some("sess_1".into()),
        user_id: "user_1".into(),
        actor: actor("user_admin", RecordedActorKind::Human),
        authorized_party: Some("https://app.example.com".into()),
        organization_id: Some("org_1".into()),
        reason: Some("cannot pay\r\n\u{1b}[2J\u{202e}\u{9b}".into()),
        ticket: Some("T-1".into()),
        expires_at: Timestamp::from_seconds(START + 3600),
        idle_limit: Some(600),
    }
}

fn actor(subject: &str, kind: RecordedActorKind) -> RecordedActor {
    let issuer = "https://clerk.example.com".to_owned();
    RecordedActor {
        issuer: issuer.clone(),
        token_issuer: issuer,
        subject: subject.into(),
        kind,
        session_id: None,
        prior: Vec::new(),
    }
}

fn request() -> Request {
    Request {
        method: "DELETE".into(),
        route: Some("/invoices/{id}".into()),
        request_id: Some("req_1".into()),
        trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".into()),
        client: Some("203.0.113.9".into()),
        actor: None,
        expires_at: None,
    }
}

fn outcome() -> Outcome {
    Outcome {
        of: EventId::from_bytes([2; 16]),
        end: End::Completed,
        status: Some(403),
        route: None,
        decision: RecordedDecision::Denied,
        rule: Some("deny_when_impersonated".into()),
        reported: vec!["read_only".into()],
        notes: vec![Note {
            name: "invoice".into(),
            value: "in_1".into(),
        }],
    }
}

fn kinds() -> Vec<EventKind> {
    let at = Timestamp::from_seconds(START);
    vec![
        EventKind::SessionStarted(started()),
        EventKind::Request(request()),
        EventKind::Outcome(outcome()),
        EventKind::RefusedToken(RefusedToken {
            rule: "expired".into(),
            count: 3,
            from: at,
            to: Timestamp::from_seconds(START + 60),
        }),
        EventKind::Action(Action {
            of: Some(EventId::from_bytes([2; 16])),
            name: "mail.send".into(),
            notes: Vec::new(),
        }),
        EventKind::SessionEnded(SessionEnded {
            reason: "stopped".into(),
        }),
    ]
}

fn event(kind: EventKind) -> Event {
    let session = "imp_bd4c941f37460fb88008b5056a362c27".parse().unwrap();
    Event::new(
        session,
        None,
        Timestamp::from_seconds(START),
        EventId::from_bytes([2; 16]),
        kind,
    )
}

fn written(format: ExportFormat, kind: EventKind, request: Option<&Request>) -> Value {
    let mut line = Vec::new();
    let about = About {
        started: &started(),
        request,
    };
    format.write(&mut line, &event(kind), &about).unwrap();
    let text = str::from_utf8(&line).unwrap();
    // One line, and nothing in it acts on a terminal or misleads.
    let text = text.strip_suffix('\n').unwrap();
    assert_eq!(Escaped(text).to_string(), text);
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_start_in_ocsf() {
    let expected = json!({
        "category_uid": 3,
        "category_name": "Identity & Access Management",
        "class_uid": 3002,
        "class_name": "Authentication",
        "activity_id": 7,
        "activity_name": "Account Switch",
        "type_uid": 300_207,
        "type_name": "Authentication: Account Switch",
        "account_switch_type_id": 2,
        "account_switch_type": "Impersonate",
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 1,
        "status": "Success",
        "status_detail": "cannot pay\r\n\u{1b}[2J\u{202e}\u{9b}",
        "time": 1_795_590_000_000_i64,
        "metadata": {
            "version": "1.8.0",
            "product": {"name": "actas", "vendor_name": "actas", "version": env!("CARGO_PKG_VERSION")},
            "uid": "02020202020202020202020202020202",
            "event_code": "session_started",
            "sequence": 1,
        },
        "actor": {
            "user": {"uid": "user_admin", "domain": "https://clerk.example.com", "type_id": 1, "type": "User"},
            "session": {
                "uid": "imp_bd4c941f37460fb88008b5056a362c27",
                "uid_alt": "sess_1",
                "issuer": "https://clerk.example.com",
                "expiration_time": 1_795_593_600_000_i64,
            },
            "app_uid": "https://app.example.com",
        },
        "user": {"uid": "user_1", "domain": "https://clerk.example.com", "org": {"uid": "org_1"}},
        "service": {"name": "https://app.example.com"},
        "unmapped": {"reason": "cannot pay\r\n\u{1b}[2J\u{202e}\u{9b}", "ticket": "T-1"},
    });
    assert_eq!(
        written(
            ExportFormat::Ocsf,
            EventKind::SessionStarted(started()),
            None
        ),
        expected
    );
}

#[test]
fn a_refused_request_in_ocsf() {
    let value = written(
        ExportFormat::Ocsf,
        EventKind::Outcome(outcome()),
        Some(&request()),
    );
    let expected = json!({
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": 6003,
        "class_name": "API Activity",
        "activity_id": 4,
        "activity_name": "Delete",
        "type_uid": 600_304,
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 2,
        "status": "Failure",
        "status_code": "403",
        "status_detail": "deny_when_impersonated",
        "time": 1_795_590_000_000_i64,
        "metadata": {
            "version": "1.8.0",
            "product": {"name": "actas", "vendor_name": "actas", "version": env!("CARGO_PKG_VERSION")},
            "profiles": ["trace"],
            "uid": "02020202020202020202020202020202",
            "correlation_uid": "02020202020202020202020202020202",
            "event_code": "outcome",
            "sequence": 1,
        },
        "actor": value["actor"],
        "trace": {"uid": "4bf92f3577b34da6a3ce929d0e0e4736"},
        "api": {"operation": "DELETE /invoices/{id}", "request": {"uid": "req_1"}},
        "http_request": {"http_method": "DELETE", "uid": "req_1"},
        "http_response": {"code": 403},
        "src_endpoint": {"ip": "203.0.113.9"},
        "resources": [{
            "uid": "user_1",
            "type": "user",
            "owner": {"uid": "user_1", "domain": "https://clerk.example.com", "org": {"uid": "org_1"}},
        }],
        "unmapped": {
            "route": "/invoices/{id}",
            "end": "completed",
            "decision": "denied",
            "reported": ["read_only"],
            "notes": [{"name": "invoice", "value": "in_1"}],
        },
    });
    assert_eq!(value, expected);
}

#[test]
fn a_refused_request_in_ecs() {
    let expected = json!({
        "@timestamp": "2026-11-25T07:00:00.000Z",
        "ecs": {"version": "9.4.0"},
        "event": {
            "kind": "event",
            "category": ["web"],
            "type": ["access"],
            "outcome": "failure",
            "action": "outcome",
            "module": "actas",
            "dataset": "actas.audit",
            "provider": "actas",
            "id": "02020202020202020202020202020202",
            "sequence": 1,
            "reason": "deny_when_impersonated",
        },
        "user": {
            "id": "user_admin",
            "domain": "https://clerk.example.com",
            "effective": {"id": "user_1", "domain": "https://clerk.example.com"},
        },
        "related": {"user": ["user_admin", "user_1"], "ip": ["203.0.113.9"]},
        "organization": {"id": "org_1"},
        "client": {"address": "203.0.113.9", "ip": "203.0.113.9"},
        "http": {"request": {"id": "req_1", "method": "DELETE"}, "response": {"status_code": 403}},
        "trace": {"id": "4bf92f3577b34da6a3ce929d0e0e4736"},
        "rule": {"name": "deny_when_impersonated"},
        "actas": {
            "session": {
                "id": "imp_bd4c941f37460fb88008b5056a362c27",
                "issuer": "https://clerk.example.com",
                "session_id": "sess_1",
                "authorized_party": "https://app.example.com",
                "expires_at": "2026-11-25T08:00:00.000Z",
                "idle_limit": 600,
                "reason": "cannot pay\r\n\u{1b}[2J\u{202e}\u{9b}",
                "ticket": "T-1",
            },
            "actor": {"kind": "human", "token_issuer": "https://clerk.example.com"},
            "route": "/invoices/{id}",
            "detail": {
                "of": "02020202020202020202020202020202",
                "end": "completed",
                "decision": "denied",
                "reported": ["read_only"],
                "notes": [{"name": "invoice", "value": "in_1"}],
            },
        },
    });
    assert_eq!(
        written(
            ExportFormat::Ecs,
            EventKind::Outcome(outcome()),
            Some(&request())
        ),
        expected
    );
}

#[test]
fn every_kind_is_of_the_class_that_the_docs_say() {
    // class_uid, activity_id, status_id; event.category, event.type, event.outcome
    let classes = [
        (3002, 7, 1, "session", "start", "success"),
        (6003, 4, 99, "web", "access", "unknown"),
        (6003, 4, 2, "web", "access", "failure"),
        (3002, 7, 2, "authentication", "info", "failure"),
        (6003, 99, 1, "session", "info", "success"),
        (3002, 2, 1, "session", "end", "success"),
    ];
    for (kind, (class, activity, status, category, of_type, outcome)) in
        kinds().into_iter().zip(classes)
    {
        let name = kind.name();
        let value = written(ExportFormat::Ocsf, kind.clone(), Some(&request()));
        assert_eq!(
            (
                &value["class_uid"],
                &value["activity_id"],
                &value["status_id"]
            ),
            (&json!(class), &json!(activity), &json!(status)),
            "{name}"
        );
        assert_eq!(value["type_uid"], json!(class * 100 + activity), "{name}");
        assert_eq!(
            value.get("account_switch_type_id"),
            (class == 3002).then_some(&json!(2)),
            "{name}"
        );
        assert_eq!(value["actor"]["user"]["uid"], "user_admin", "{name}");
        let user = if class == 3002 {
            &value["user"]
        } else {
            &value["resources"][0]["owner"]
        };
        assert_eq!(user["uid"], "user_1", "{name}");

        let value = written(ExportFormat::Ecs, kind, Some(&request()));
        assert_eq!(value["event"]["category"], json!([category]), "{name}");
        assert_eq!(value["event"]["type"], json!([of_type]), "{name}");
        assert_eq!(value["event"]["outcome"], outcome, "{name}");
        assert_eq!(value["user"]["effective"]["id"], "user_1", "{name}");
    }
}

#[test]
fn what_is_not_known_is_not_made_up() {
    let bare = Request {
        method: "PURGE".into(),
        route: None,
        request_id: None,
        trace_id: None,
        client: None,
        actor: None,
        expires_at: None,
    };
    let value = written(ExportFormat::Ocsf, EventKind::Request(bare.clone()), None);
    assert_eq!(value["api"], json!({"operation": "PURGE"}));
    assert_eq!(
        (&value["activity_id"], &value["activity_name"]),
        (&json!(99), &json!("PURGE"))
    );
    assert_eq!(value["src_endpoint"], json!({"name": "unknown"}));
    assert_eq!((value.get("trace"), value.get("unmapped")), (None, None));
    let value = written(ExportFormat::Ocsf, EventKind::Outcome(outcome()), None);
    assert_eq!(
        (&value["activity_id"], &value["api"]["operation"]),
        (&json!(0), &json!("unknown"))
    );

    let value = written(ExportFormat::Ecs, EventKind::Request(bare), None);
    assert_eq!(
        (value.get("client"), value.get("trace"), &value["http"]),
        (None, None, &json!({"request": {"method": "PURGE"}}))
    );
    // A name is no address: the field would refuse it.
    let named = Request {
        client: Some("unix:/run/app".into()),
        ..request()
    };
    let value = written(ExportFormat::Ecs, EventKind::Request(named.clone()), None);
    assert_eq!(value["client"], json!({"address": "unix:/run/app"}));
    let value = written(ExportFormat::Ocsf, EventKind::Request(named), None);
    assert_eq!(value["src_endpoint"], json!({"name": "unix:/run/app"}));
}

#[test]
fn a_request_s_own_actor_is_the_one() {
    let other = Request {
        actor: Some(actor("agent_1", RecordedActorKind::Agent)),
        ..request()
    };
    for kind in [
        EventKind::Request(other.clone()),
        EventKind::Outcome(outcome()),
    ] {
        let value = written(ExportFormat::Ocsf, kind.clone(), Some(&other));
        assert_eq!(value["actor"]["user"]["uid"], "agent_1");
        assert_eq!(value["actor"]["user"]["type_id"], 4);
        let value = written(ExportFormat::Ecs, kind, Some(&other));
        assert_eq!(value["user"]["id"], "agent_1");
        assert_eq!(value["actas"]["actor"]["kind"], "agent");
    }
}
