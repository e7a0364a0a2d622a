use std::fmt;

use actas_core::{Error, Refusals, Reply};
use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::head::Head;
use crate::reply;

/// Why an extractor refused a request, and the response that says so.
///
/// The status, the challenge and the body are core's, as for a refusal by the layer.
#[derive(Debug)]
pub struct Rejection {
    refused: Box<Refused>,
}

#[derive(Debug)]
struct Refused {
    error: Error,
    reply: Reply,
}

impl Rejection {
    pub(super) fn new(error: Error, refusals: &Refusals, parts: &Parts) -> Self {
        let reply = refusals.render(&error, &Head::from(parts));
        Self {
            refused: Box::new(Refused { error, reply }),
        }
    }

    /// Why the request was refused.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.refused.error
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        reply::response::<Body>(self.refused.reply).map(Body::new)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refused.error.fmt(f)
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.refused.error)
    }
}
