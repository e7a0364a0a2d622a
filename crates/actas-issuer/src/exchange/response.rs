use std::fmt;

use serde::Serialize;

use super::error::{Code, ExchangeError};

/// How long a client waits where nobody knows better, in seconds.
const RETRY_AFTER: u32 = 1;

/// What the token endpoint answers: a JSON object with its headers, none of which may be left out.
///
/// `Debug` does not show the body, which may hold a token.
pub struct ExchangeResponse {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// The members of a successful answer (RFC 8693 §2.2.1). There is no refresh token.
#[derive(Serialize)]
pub(super) struct Granted<'a> {
    pub(super) access_token: &'a str,
    pub(super) issued_token_type: &'static str,
    pub(super) token_type: &'static str,
    pub(super) expires_in: u64,
}

#[derive(Serialize)]
struct Refused<'a> {
    error: &'static str,
    error_description: &'a str,
}

impl ExchangeResponse {
    /// The status code: 200, or that of the error.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The headers, their names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The body, a JSON object.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The body, to be sent.
    #[must_use]
    pub fn into_body(self) -> String {
        self.body
    }

    pub(super) fn issued(issued: &Granted<'_>) -> Self {
        Self::new(200, issued)
    }

    pub(super) fn refused(error: &ExchangeError) -> Self {
        let mut response = Self::new(
            error.code.status(),
            &Refused {
                error: error.code.name(),
                error_description: &error.description,
            },
        );
        let mut add = |name, value| response.headers.push((name, value));
        match error.code {
            Code::InvalidClient => add(
                "www-authenticate",
                r#"Basic realm="token endpoint", charset="UTF-8""#.to_owned(),
            ),
            Code::TooMany | Code::Unavailable => {
                let seconds = error.retry_after.unwrap_or(RETRY_AFTER);
                add("retry-after", seconds.to_string());
            }
            _ => {}
        }
        response
    }

    fn new(status: u16, body: &impl Serialize) -> Self {
        let headers = [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ];
        Self {
            status,
            headers: headers.map(|(name, value)| (name, value.to_owned())).into(),
            // Structs of text and a number: there is nothing in them that JSON cannot say.
            body: serde_json::to_string(body).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for ExchangeResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
