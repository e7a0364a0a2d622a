use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;

use super::error::{ImpersonationLimit, ProviderError, ProviderErrorKind};

/// The longest time to wait that is passed on.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// The body of a refusal: `ClerkErrors` in the description. Its prose is not read, since it may repeat what was sent.
#[derive(Deserialize, Default)]
struct Errors {
    #[serde(default, rename = "errors")]
    reasons: Vec<Reason>,
    meta: Option<Value>,
    clerk_trace_id: Option<String>,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
    meta: Option<Value>,
}

/// What an answer means that does not do what was asked.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let errors: Errors = serde_json::from_slice(body).unwrap_or_default();
    let reason = errors.reasons.first();
    let code = reason.map_or("", |reason| reason.code.as_str());
    let kind = kind(status, code);
    let metas = [
        reason.and_then(|reason| reason.meta.as_ref()),
        errors.meta.as_ref(),
    ];
    let limit = (kind == ProviderErrorKind::LimitExceeded)
        .then(|| metas.into_iter().flatten().find_map(limit))
        .flatten();
    ProviderError {
        status: Some(status.as_u16()),
        code: is_code(code).then(|| code.into()),
        trace_id: errors
            .clerk_trace_id
            .filter(|id| is_trace_id(id))
            .map(Into::into),
        limit,
        retry_after: retry_after(headers),
        ..kind.into()
    }
}

fn kind(status: StatusCode, code: &str) -> ProviderErrorKind {
    match (status.as_u16(), code) {
        (400, "actor_token_cannot_be_revoked_code") => ProviderErrorKind::NotPending,
        (401, _) => ProviderErrorKind::SecretKey,
        (402, _) => ProviderErrorKind::PlanRequired,
        (404, _) => ProviderErrorKind::NotFound,
        (409, "session_creation_not_allowed") => ProviderErrorKind::SessionNotAllowed,
        (422, "impersonation_limit_exceeded") => ProviderErrorKind::LimitExceeded,
        (429, _) => ProviderErrorKind::RateLimited,
        (400..=499, _) => ProviderErrorKind::Refused,
        (500..=599, _) => ProviderErrorKind::Unavailable,
        _ => ProviderErrorKind::Unreadable,
    }
}

/// Clerk's list of errors writes these names with a capital, its own command without.
fn limit(meta: &Value) -> Option<ImpersonationLimit> {
    let number = |names: [&str; 2]| names.iter().find_map(|name| meta.get(name)?.as_u64());
    Some(ImpersonationLimit {
        limit: number(["limit", "Limit"])?,
        used: number(["used", "Used"])?,
    })
}

/// Whether it is a name, and neither a key nor a token.
fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len())
        && !code.contains("sk_")
        && code
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn is_trace_id(id: &str) -> bool {
    id.len() == 32
        && id
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// `Retry-After`, where it is in seconds (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = is_number.then(|| text.parse().unwrap_or(u64::MAX))?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_time_to_wait_is_read_in_seconds() {
        for (value, expected) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("99999999999999999999", Some(3600)),
            ("-1", None),
            ("", None),
            ("Fri, 31 Dec 2099 23:59:59 GMT", None),
        ] {
            let headers = [(RETRY_AFTER, HeaderValue::from_static(value))];
            let headers = headers.into_iter().collect();
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(&headers), expected, "{value}");
        }
    }

    #[test]
    fn only_names_are_codes() {
        for (code, expected) in [
            ("resource_not_found", true),
            ("", false),
            ("sk_test_abc", false),
            ("the_key_sk_test_abc", false),
            ("Resource", false),
            ("eyJhbGciOi.x.y", false),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(is_code(code), expected, "{code}");
        }
    }
}
