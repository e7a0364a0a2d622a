//! Bodies, which are JSON or a form, and bounded.

use axum::RequestExt;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::fields::{Fields, read_form, read_json, read_path};
use super::path::OwnPath;
use crate::wire::{Problem, response};

/// Bytes of the largest body.
const MAX_BODY: usize = 16 * 1024;

/// A body, and where a form leads to.
pub(in crate::impersonation) struct Input<T> {
    pub(in crate::impersonation) fields: T,
    pub(in crate::impersonation) path: Option<OwnPath>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MediaType {
    Json,
    Form,
    Unnamed,
    Other,
}

impl<T> Input<T> {
    /// What was done: as JSON, or where a form says so, as the way to another page.
    pub(in crate::impersonation) fn answer<A: Serialize>(
        self,
        status: StatusCode,
        answer: &A,
    ) -> Result<Response, Problem> {
        done(self.path, status, answer)
    }
}

/// What was done, or the way to `path`.
pub(in crate::impersonation) fn done<A: Serialize>(
    path: Option<OwnPath>,
    status: StatusCode,
    answer: &A,
) -> Result<Response, Problem> {
    let location = path.and_then(|path| HeaderValue::try_from(path.into_string()).ok());
    if let Some(location) = location {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::SEE_OTHER;
        response.headers_mut().insert(LOCATION, location);
        return Ok(response);
    }
    response(status, "application/json", answer).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Problem::internal()
    })
}

impl<T: Fields, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media_type = media_type(request.headers());
        if media_type == MediaType::Other {
            return Err(unsupported());
        }
        let body = read(request).await.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let detail = "A body has 16 KiB at most.";
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Problem::new(status, "body_too_large", "Body too large", detail);
            }
            Problem::query("the body broke off")
        })?;
        let (fields, path) = match media_type {
            MediaType::Json => (read_json(&body)?, None),
            MediaType::Form => read_form(&body)?,
            MediaType::Unnamed | MediaType::Other => {
                let nothing = T::nothing().filter(|_| body.is_empty());
                (nothing.ok_or_else(unsupported)?, None)
            }
        };
        Ok(Self { fields, path })
    }
}

/// Where the form in a body leads to, whatever else the body may be.
pub(in crate::impersonation) async fn form_path(request: Request) -> Option<OwnPath> {
    if media_type(request.headers()) != MediaType::Form {
        return None;
    }
    read_path(&read(request).await.ok()?)
}

async fn read(mut request: Request) -> Result<Bytes, BytesRejection> {
    DefaultBodyLimit::max(MAX_BODY).apply(&mut request);
    request.extract().await
}

fn media_type(headers: &HeaderMap) -> MediaType {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let Some(value) = values.next() else {
        return MediaType::Unnamed;
    };
    let named = value.to_str().unwrap_or_default();
    let named = named.split(';').next().unwrap_or_default().trim();
    if values.next().is_some() {
        MediaType::Other
    } else if named.eq_ignore_ascii_case("application/json") {
        MediaType::Json
    } else if named.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        MediaType::Form
    } else {
        MediaType::Other
    }
}

fn unsupported() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Neither JSON nor a form",
        "Send application/json or application/x-www-form-urlencoded.",
    )
}
