use std::net::IpAddr;

use serde_json::{Value, json};

use super::about::About;
use super::object::without_nulls;
use crate::event::{Event, EventKind};

/// The version of the schema that is written.
const VERSION: &str = "9.4.0";

/// `event.category`, `event.type` and `event.outcome`.
struct Class {
    category: &'static str,
    of_type: &'static str,
    outcome: &'static str,
}

/// The event as an object of the schema. What the schema has no field for stands under `actas`.
pub(super) fn object(event: &Event, about: &About<'_>) -> Value {
    let started = about.started;
    let (actor, request) = (about.actor(event), about.request(event));
    let client = request.and_then(|request| request.client.as_ref());
    let ip = client.filter(|client| client.parse::<IpAddr>().is_ok());
    let class = class(event);
    let (start, end) = match &event.kind {
        EventKind::RefusedToken(refused) => (Some(refused.from), Some(refused.to)),
        _ => (None, None),
    };
    let status = match &event.kind {
        EventKind::Outcome(outcome) => outcome.status,
        _ => None,
    };
    without_nulls(json!({
        "@timestamp": event.at,
        "ecs": {"version": VERSION},
        "event": {
            "kind": "event",
            "category": [class.category],
            "type": [class.of_type],
            "outcome": class.outcome,
            "action": event.kind.name(),
            "module": "actas",
            "dataset": "actas.audit",
            "provider": "actas",
            "id": event.id,
            "sequence": event.seq,
            "reason": reason(event),
            "start": start,
            "end": end,
        },
        "user": {
            "id": actor.subject,
            "domain": actor.issuer,
            "effective": {"id": started.user_id, "domain": started.issuer},
        },
        "related": {"user": [actor.subject, started.user_id], "ip": ip.map(|ip| [ip])},
        "organization": {"id": started.organization_id},
        "client": {"address": client, "ip": ip},
        "http": {
            "request": {
                "id": request.and_then(|request| request.request_id.as_ref()),
                "method": request.map(|request| &request.method),
            },
            "response": {"status_code": status},
        },
        "trace": {"id": request.and_then(|request| request.trace_id.as_ref())},
        "rule": {"name": rule(event)},
        "actas": {
            "session": {
                "id": event.session,
                "issuer": started.issuer,
                "session_id": started.session_id,
                "authorized_party": started.authorized_party,
                "expires_at": started.expires_at,
                "idle_limit": started.idle_limit,
                "reason": started.reason,
                "ticket": started.ticket,
            },
            "actor": {
                "kind": actor.kind.name(),
                "token_issuer": actor.token_issuer,
                "session_id": actor.session_id,
                "prior": actor.prior,
            },
            "route": about.route(event),
            "detail": detail(event),
        },
    }))
}

fn class(event: &Event) -> Class {
    let (category, of_type, outcome) = match &event.kind {
        EventKind::SessionStarted(_) => ("session", "start", "success"),
        EventKind::SessionEnded(_) => ("session", "end", "success"),
        EventKind::RefusedToken(_) => ("authentication", "info", "failure"),
        EventKind::Request(_) => ("web", "access", "unknown"),
        EventKind::Outcome(outcome) if outcome.has_failed() => ("web", "access", "failure"),
        EventKind::Outcome(_) => ("web", "access", "success"),
        EventKind::Action(_) => ("session", "info", "success"),
    };
    Class {
        category,
        of_type,
        outcome,
    }
}

fn reason(event: &Event) -> Option<&str> {
    match &event.kind {
        EventKind::SessionStarted(started) => started.reason.as_deref(),
        EventKind::SessionEnded(ended) => Some(&ended.reason),
        EventKind::RefusedToken(refused) => Some(&refused.rule),
        EventKind::Outcome(outcome) => outcome.rule.as_deref(),
        EventKind::Request(_) | EventKind::Action(_) => None,
    }
}

/// The rule that refused.
fn rule(event: &Event) -> Option<&str> {
    match &event.kind {
        EventKind::RefusedToken(refused) => Some(&refused.rule),
        EventKind::Outcome(outcome) => outcome.rule.as_deref(),
        _ => None,
    }
}

fn detail(event: &Event) -> Value {
    match &event.kind {
        EventKind::RefusedToken(refused) => json!({"count": refused.count}),
        EventKind::Outcome(outcome) => json!({
            "of": outcome.of,
            "end": outcome.end,
            "decision": outcome.decision,
            "reported": outcome.reported,
            "notes": outcome.notes,
        }),
        EventKind::Action(action) => {
            json!({"of": action.of, "name": action.name, "notes": action.notes})
        }
        _ => Value::Null,
    }
}
