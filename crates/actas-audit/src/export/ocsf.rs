use std::net::IpAddr;

use serde_json::{Value, json};

use super::about::About;
use super::object::without_nulls;
use crate::event::{
    Action, End, Event, EventKind, Outcome, RecordedActor, RecordedActorKind, RefusedToken, Request,
};
use crate::id::EventId;

/// The version of the schema that is written.
const VERSION: &str = "1.8.0";

/// `Impersonate`, of the Authentication class.
const IMPERSONATE: u8 = 2;

/// `status_id`, with its caption.
#[derive(Clone, Copy)]
enum Status {
    Success,
    Failure,
    /// Not known yet.
    Pending,
}

impl Status {
    const fn id(self) -> u8 {
        match self {
            Self::Success => 1,
            Self::Failure => 2,
            Self::Pending => 99,
        }
    }

    const fn caption(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Failure => "Failure",
            Self::Pending => "pending",
        }
    }
}

/// The event as an object of the schema.
pub(super) fn object(event: &Event, about: &About<'_>) -> Value {
    let of_kind = match &event.kind {
        EventKind::SessionStarted(started) => {
            let more = json!({
                "unmapped": {"reason": started.reason, "ticket": started.ticket},
                "status_detail": started.reason,
            });
            authentication(7, "Account Switch", Status::Success, about, more)
        }
        EventKind::SessionEnded(ended) => authentication(
            2,
            "Logoff",
            Status::Success,
            about,
            json!({"status_detail": ended.reason}),
        ),
        EventKind::RefusedToken(refused) => refused_token(refused, about),
        EventKind::Request(_) => activity(event, about, Status::Pending, json!({})),
        EventKind::Outcome(outcome) => of_outcome(event, outcome, about),
        EventKind::Action(action) => of_action(event, action, about),
    };
    without_nulls(merged(base(event, about), of_kind))
}

/// What every event has. `time` is in milliseconds.
fn base(event: &Event, about: &About<'_>) -> Value {
    let started = about.started;
    let request = about.request(event);
    let trace = request.and_then(|request| request.trace_id.as_deref());
    json!({
        "time": event.at.milliseconds(),
        "severity_id": 1,
        "severity": "Informational",
        "metadata": {
            "version": VERSION,
            "product": {"name": "actas", "vendor_name": "actas", "version": env!("CARGO_PKG_VERSION")},
            "profiles": trace.map(|_| ["trace"]),
            "uid": event.id,
            "event_code": event.kind.name(),
            "sequence": event.seq,
            "correlation_uid": correlation(event),
        },
        "actor": {
            "user": actor(about.actor(event)),
            "session": {
                "uid": event.session,
                "uid_alt": started.session_id,
                "issuer": started.issuer,
                "expiration_time": started.expires_at.milliseconds(),
            },
            "app_uid": started.authorized_party,
        },
        "trace": trace.map(|trace| json!({"uid": trace})),
    })
}

/// The request that the event belongs to.
fn correlation(event: &Event) -> Option<EventId> {
    match &event.kind {
        EventKind::Request(_) => Some(event.id),
        EventKind::Outcome(outcome) => Some(outcome.of),
        EventKind::Action(action) => action.of,
        _ => None,
    }
}

fn actor(actor: &RecordedActor) -> Value {
    let (type_id, kind) = match actor.kind {
        RecordedActorKind::Human => (1, "User"),
        RecordedActorKind::Agent => (4, "Service"),
        RecordedActorKind::Other => (99, "Other"),
    };
    json!({"uid": actor.subject, "domain": actor.issuer, "type_id": type_id, "type": kind})
}

/// Whom the actor acts as.
fn user(about: &About<'_>) -> Value {
    let started = about.started;
    json!({
        "uid": started.user_id,
        "domain": started.issuer,
        "org": {"uid": started.organization_id},
    })
}

/// Class 3002.
fn authentication(
    activity_id: u32,
    activity: &str,
    status: Status,
    about: &About<'_>,
    more: Value,
) -> Value {
    let started = about.started;
    let own = json!({
        "category_uid": 3,
        "category_name": "Identity & Access Management",
        "class_uid": 3002,
        "class_name": "Authentication",
        "activity_id": activity_id,
        "activity_name": activity,
        "type_uid": 300_200_u32.saturating_add(activity_id),
        "type_name": format!("Authentication: {activity}"),
        "account_switch_type_id": IMPERSONATE,
        "account_switch_type": "Impersonate",
        "status_id": status.id(),
        "status": status.caption(),
        "user": user(about),
        "service": {"name": started.authorized_party.as_deref().unwrap_or(&started.issuer)},
    });
    merged(own, more)
}

fn refused_token(refused: &RefusedToken, about: &About<'_>) -> Value {
    let is_several = refused.count > 1;
    let more = json!({
        "status_detail": refused.rule,
        // For several alone, and the time is then that of the first.
        "time": refused.from.milliseconds(),
        "count": is_several.then_some(refused.count),
        "start_time": is_several.then_some(refused.from.milliseconds()),
        "end_time": is_several.then_some(refused.to.milliseconds()),
    });
    authentication(7, "Account Switch", Status::Failure, about, more)
}

/// Class 6003.
fn activity(event: &Event, about: &About<'_>, status: Status, more: Value) -> Value {
    let request = about.request(event);
    let route = about.route(event);
    let (activity_id, activity) = match request.map(|request| request.method.as_str()) {
        Some("POST") => (1, "Create"),
        Some("GET" | "HEAD" | "OPTIONS") => (2, "Read"),
        Some("PUT" | "PATCH") => (3, "Update"),
        Some("DELETE") => (4, "Delete"),
        Some(other) => (99, other),
        None => (0, "Unknown"),
    };
    let own = json!({
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": 6003,
        "class_name": "API Activity",
        "activity_id": activity_id,
        "activity_name": activity,
        "type_uid": 600_300_u32.saturating_add(activity_id),
        "status_id": status.id(),
        "status": status.caption(),
        "api": {
            "operation": operation(request, route),
            "request": request.and_then(|request| request.request_id.as_ref()).map(|id| json!({"uid": id})),
        },
        "http_request": {
            "http_method": request.map(|request| &request.method),
            "uid": request.and_then(|request| request.request_id.as_ref()),
        },
        // The schema requires it.
        "src_endpoint": endpoint(request).unwrap_or_else(|| json!({"name": "unknown"})),
        // Whose data it was.
        "resources": [{
            "uid": about.started.user_id,
            "type": "user",
            "owner": user(about),
        }],
        "unmapped": {"route": route},
    });
    merged(own, more)
}

fn operation(request: Option<&Request>, route: Option<&str>) -> String {
    match (request, route) {
        (Some(Request { method, .. }), Some(route)) => format!("{method} {route}"),
        (Some(Request { method, .. }), None) => method.clone(),
        (None, _) => "unknown".to_owned(),
    }
}

fn endpoint(request: Option<&Request>) -> Option<Value> {
    let client = request?.client.as_ref()?;
    let name = if client.parse::<IpAddr>().is_ok() {
        "ip"
    } else {
        "name"
    };
    Some(json!({name: client}))
}

fn of_outcome(event: &Event, outcome: &Outcome, about: &About<'_>) -> Value {
    let status = if outcome.has_failed() {
        Status::Failure
    } else {
        Status::Success
    };
    let detail = match (&outcome.rule, outcome.end) {
        (Some(rule), _) => Some(rule.as_str()),
        (None, End::Aborted) => Some("aborted"),
        (None, End::Completed) => None,
    };
    let more = json!({
        "status_code": outcome.status.map(|status| status.to_string()),
        "status_detail": detail,
        "http_response": outcome.status.map(|status| json!({"code": status})),
        "unmapped": {
            "end": outcome.end,
            "decision": outcome.decision,
            "reported": outcome.reported,
            "notes": outcome.notes,
        },
    });
    activity(event, about, status, more)
}

fn of_action(event: &Event, action: &Action, about: &About<'_>) -> Value {
    let more = json!({
        "activity_id": 99,
        "activity_name": "Action",
        "type_uid": 600_399,
        "api": {"operation": action.name},
        "unmapped": {"notes": action.notes},
    });
    activity(event, about, Status::Success, more)
}

/// `one` with the members of `other`, which come first where both have a name.
fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            for (name, value) in other {
                let before = one.remove(&name).unwrap_or_default();
                one.insert(name, merged(before, value));
            }
            Value::Object(one)
        }
        (_, other) => other,
    }
}
