use std::fmt;

use actas_core::{Error, Reply};
use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};

use crate::head::Head;
use crate::reply::{render, respond, status};

/// Why an extractor refused.
///
/// As a response it is what the layer would answer: core's table, in the application's own form.
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
    /// Renders the refusal now: what becomes of it is not told which request it answers.
    pub(super) fn new(error: Error, request: &HttpRequest) -> Self {
        let reply = render(&request.extensions(), &error, Head::from(request));
        Self::rendered(error, reply)
    }

    pub(super) fn rendered(error: Error, reply: Reply) -> Self {
        Self {
            refused: Box::new(Refused { error, reply }),
        }
    }

    /// The rule that refused.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.refused.error
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

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        status(&self.refused.reply)
    }

    fn error_response(&self) -> HttpResponse {
        respond(self.refused.reply.clone()).map_into_boxed_body()
    }
}
