//! What is refused, in the form of the family's refusals.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::json;

/// Seconds after which a client may ask again, where nobody knows better.
const LATER: u32 = 5;

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
    /// Seconds after which a client may ask again.
    #[serde(skip)]
    pub(crate) retry_after: Option<u32>,
}

impl Problem {
    pub(crate) fn new(
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
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(LATER),
        }
    }

    /// A parameter that is not what is `expected`. What came in its place is not said.
    pub(crate) fn parameter(name: &'static str, expected: &str) -> Self {
        Self {
            parameter: Some(name),
            ..Self::query(format!("{name}: {expected}"))
        }
    }

    /// A query or a body that cannot be understood.
    pub(crate) fn query(detail: impl Into<Cow<'static, str>>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::new(status, "invalid_parameter", "Invalid parameter", detail)
    }

    /// An answer that cannot be written.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something went wrong",
            "Tell whoever runs this application that its log says what.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match json::response(status, "application/problem+json", &self) {
            Ok(mut response) => {
                if let Some(seconds) = self.retry_after {
                    response.headers_mut().insert(RETRY_AFTER, seconds.into());
                }
                response
            }
            Err(_) => status.into_response(),
        }
    }
}
