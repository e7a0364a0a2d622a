//! What Clerk's description of its Backend API requires of a request, in version 2026-05-12 (`info.version`) as published
//! on 2026-08-14: the operations `CreateActorToken`, `RevokeActorToken`, `GetSessionList` and `RevokeSession`.

use serde_json::Value;

pub(crate) const VERSION: &str = "2026-05-12";
pub(crate) const ERRORS_TRACE_ID: &str = "0123456789abcdef0123456789abcdef";

/// An operation, and the id in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateActorToken,
    RevokeActorToken(String),
    GetSessionList,
    RevokeSession(String),
}

impl Operation {
    pub(crate) fn find(method: &str, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
        match (method, segments.as_slice()) {
            ("POST", ["actor_tokens"]) => Some(Self::CreateActorToken),
            ("POST", ["actor_tokens", id, "revoke"]) => {
                Some(Self::RevokeActorToken((*id).to_owned()))
            }
            ("GET", ["sessions"]) => Some(Self::GetSessionList),
            ("POST", ["sessions", id, "revoke"]) => Some(Self::RevokeSession((*id).to_owned())),
            _ => None,
        }
    }

    /// What is wrong with a request for it.
    pub(crate) fn violation(
        &self,
        query: &[(String, String)],
        content_type: Option<&str>,
        body: &[u8],
    ) -> Option<String> {
        if *self == Self::GetSessionList {
            return session_list(query).or_else(|| no_body(body));
        }
        if !query.is_empty() {
            return Some(format!("has no query: {query:?}"));
        }
        if *self == Self::CreateActorToken {
            return create_actor_token(content_type, body);
        }
        no_body(body)
    }
}

fn no_body(body: &[u8]) -> Option<String> {
    (!body.is_empty()).then(|| "has no body".to_owned())
}

fn session_list(query: &[(String, String)]) -> Option<String> {
    const STATUSES: [&str; 7] = [
        "abandoned",
        "active",
        "ended",
        "expired",
        "removed",
        "replaced",
        "revoked",
    ];
    let mut has_whose = false;
    for (name, value) in query {
        let is_valid = match name.as_str() {
            "client_id" | "user_id" => {
                has_whose = true;
                !value.is_empty()
            }
            "status" => STATUSES.contains(&value.as_str()),
            "paginated" => matches!(value.as_str(), "true" | "false"),
            "limit" => value
                .parse()
                .is_ok_and(|limit: u32| (1..=500).contains(&limit)),
            "offset" => value.parse::<u32>().is_ok(),
            _ => false,
        };
        if !is_valid {
            return Some(format!("{name}={value} is no parameter"));
        }
    }
    (!has_whose).then(|| "needs client_id or user_id".to_owned())
}

fn create_actor_token(content_type: Option<&str>, body: &[u8]) -> Option<String> {
    if content_type != Some("application/json") {
        return Some(format!("{content_type:?} is no JSON"));
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Some("the body is no JSON object".to_owned());
    };
    for (name, value) in &body {
        let is_valid = match name.as_str() {
            "user_id" => value.is_string(),
            "actor" => value["sub"].is_string(),
            "expires_in_seconds" | "session_max_duration_in_seconds" => value.is_u64(),
            _ => false,
        };
        if !is_valid {
            return Some(format!("{name}: {value} is no property"));
        }
    }
    ["user_id", "actor"]
        .into_iter()
        .find(|name| !body.contains_key(*name))
        .map(|name| format!("{name} is required"))
}
