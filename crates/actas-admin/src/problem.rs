//! What is refused, in the form of the family's refusals.

use std::borrow::Cow;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::json;

/// Seconds after which a client may ask again.
const LATER: HeaderValue = HeaderValue::from_static("5");

/// Problem details (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `urn:actas:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:actas:problem:invalid_parameter")]
    kind: String,
    /// A few words for a person.
    #[schema(example = "Invalid parameter")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 400)]
    status: u16,
    /// The name of the problem for programs.
    #[schema(example = "invalid_parameter")]
    code: &'static str,
    /// A sentence for a person.
    #[schema(example = "limit: a whole number from 1 to 500")]
    detail: Cow<'static, str>,
    /// The parameter that is not as it must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "limit")]
    parameter: Option<&'static str>,
}

impl Problem {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind: format!("urn:actas:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: detail.into(),
            parameter: None,
        }
    }

    /// A parameter that is not what is `expected`. What came in its place is not said.
    pub(crate) fn parameter(name: &'static str, expected: &str) -> Self {
        Self {
            parameter: Some(name),
            ..Self::query(format!("{name}: {expected}"))
        }
    }

    /// A query that cannot be understood.
    pub(crate) fn query(detail: impl Into<Cow<'static, str>>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::new(status, "invalid_parameter", "Invalid parameter", detail)
    }

    /// Nothing of the record is this user's to read.
    pub(crate) fn out_of_scope() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not_an_auditor",
            "Not allowed to read the audit record",
            "Ask whoever runs this application for access.",
        )
    }

    /// There is no such session, or none that this user may read.
    pub(crate) fn no_session() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "session_not_found",
            "No such session",
            "There is none by this id among those that you may read.",
        )
    }

    /// The record cannot be read for now.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "record_unavailable",
            "The audit record cannot be read",
            "Try again in a moment.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match json::response(status, "application/problem+json", &self) {
            Ok(mut response) => {
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    response.headers_mut().insert(RETRY_AFTER, LATER);
                }
                response
            }
            Err(_) => status.into_response(),
        }
    }
}
