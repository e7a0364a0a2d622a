//! From error to status, challenge and text.

use crate::error::{Error, ErrorKind};

/// Seconds that a client is told to wait when the error does not know better.
const DEFAULT_RETRY_AFTER: u32 = 5;

/// What a client is told about an [`Error`].
///
/// It says what to do, never what is wrong inside the token: every token that is not accepted, an expired one too, is
/// `invalid_token` with the same text. The exceptions are those after which a person does something else than sign in again:
/// with `session_pending` they complete the sign-in, with `impersonation_ended` and `actor_mismatch` they stop the
/// impersonation. The actor is never named.
///
/// | code | status | `WWW-Authenticate` | gRPC |
/// |---|---|---|---|
/// | `missing_credential` | 401 | `Bearer` | 16 |
/// | `invalid_request` | 400 | `Bearer error="invalid_request", …` | 3 |
/// | `invalid_token` | 401 | `Bearer error="invalid_token", …` | 16 |
/// | `session_pending` | 401 | `Bearer error="invalid_token", …` | 16 |
/// | `actor_mismatch` | 401 | `Bearer error="invalid_token", …` | 16 |
/// | `impersonation_ended` | 401 | `Bearer error="invalid_token", …` | 16 |
/// | `cross_site` | 403 | none | 7 |
/// | `impersonation_denied` | 403 | none | 7 |
/// | `keys_unavailable` | 503 | none | 14 |
/// | `clock_unavailable` | 503 | none | 14 |
/// | `audit_unavailable` | 503 | none | 14 |
/// | `missing_layer` | 500 | none | 13 |
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    row: &'static Row,
    retry_after: Option<u32>,
}

impl Refusal {
    /// The HTTP status: 400, 401, 403, 500 or 503.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.row.status
    }

    /// The name of the refusal for programs. It does not change between releases.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.row.code
    }

    /// A few words for a person.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.row.title
    }

    /// One sentence that tells a person what to do.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        self.row.detail
    }

    /// The value of `WWW-Authenticate` (RFC 6750 §3); `None` with 403, 500 and 503.
    #[must_use]
    pub const fn challenge(&self) -> Option<&'static str> {
        self.row.challenge
    }

    /// The value of `Retry-After` in seconds, with 503 only: the error's own, else 5.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// The gRPC status code that stands for the HTTP status.
    #[must_use]
    pub const fn grpc_status(&self) -> u8 {
        match self.row.status {
            400 => 3,
            401 => 16,
            403 => 7,
            503 => 14,
            _ => 13,
        }
    }

    /// The gRPC status message: the code, because several refusals share a gRPC status, and what to do.
    ///
    /// It is plain text, which a gRPC library percent-encodes where it must.
    #[must_use]
    pub fn grpc_message(&self) -> String {
        format!("{}: {}", self.code(), self.detail())
    }
}

impl Error {
    /// What a client is told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let row = row(self.kind());
        let retry_after =
            (row.status == 503).then(|| self.retry_after().unwrap_or(DEFAULT_RETRY_AFTER));
        Refusal { row, retry_after }
    }
}

/// Every text is of the characters that JSON, a quoted string and a gRPC message (all but `%`) hold unescaped.
#[derive(Debug)]
struct Row {
    status: u16,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
    challenge: Option<&'static str>,
}

const fn row(kind: ErrorKind) -> &'static Row {
    match kind {
        ErrorKind::MissingCredential => &MISSING_CREDENTIAL,
        ErrorKind::DoubledCredential => &DOUBLED_CREDENTIAL,
        ErrorKind::MalformedCredential => &MALFORMED_CREDENTIAL,
        ErrorKind::CrossSite => &CROSS_SITE,
        ErrorKind::TooLarge
        | ErrorKind::Form
        | ErrorKind::Header
        | ErrorKind::Algorithm
        | ErrorKind::TokenType
        | ErrorKind::Critical
        | ErrorKind::Category
        | ErrorKind::UnknownIssuer
        | ErrorKind::UnknownKey
        | ErrorKind::Signature
        | ErrorKind::Claims
        | ErrorKind::Issuer
        | ErrorKind::Expired
        | ErrorKind::NotYetValid
        | ErrorKind::IssuedInFuture
        | ErrorKind::Audience
        | ErrorKind::AuthorizedParty
        | ErrorKind::Subject
        | ErrorKind::SessionId
        | ErrorKind::NotASession
        | ErrorKind::Actor => &INVALID_TOKEN,
        ErrorKind::SessionPending => &SESSION_PENDING,
        ErrorKind::ActorMismatch => &ACTOR_MISMATCH,
        ErrorKind::ImpersonationEnded => &IMPERSONATION_ENDED,
        ErrorKind::KeysUnavailable => &KEYS_UNAVAILABLE,
        ErrorKind::ClockUnavailable => &CLOCK_UNAVAILABLE,
        ErrorKind::AuditUnavailable => &AUDIT_UNAVAILABLE,
        ErrorKind::ImpersonationDenied => &IMPERSONATION_DENIED,
        ErrorKind::MissingLayer => &MISSING_LAYER,
    }
}

const MISSING_CREDENTIAL: Row = Row {
    status: 401,
    code: "missing_credential",
    title: "Not signed in",
    detail: "Sign in and try again.",
    challenge: Some("Bearer"),
};

const DOUBLED_CREDENTIAL: Row = Row {
    status: 400,
    code: "invalid_request",
    title: "Unusable credential",
    detail: "Send one credential only; in a browser, delete the cookies of this site and sign in again.",
    challenge: Some(
        r#"Bearer error="invalid_request", error_description="The credential was sent twice""#,
    ),
};

const MALFORMED_CREDENTIAL: Row = Row {
    status: 400,
    code: "invalid_request",
    title: "Unusable credential",
    detail: "Send the token after the word Bearer and a space; in a browser, delete the cookies of this site and sign in again.",
    challenge: Some(
        r#"Bearer error="invalid_request", error_description="The credential is not a token""#,
    ),
};

const INVALID_TOKEN: Row = Row {
    status: 401,
    code: "invalid_token",
    title: "Session not accepted",
    detail: "Sign in again, or send a new token.",
    challenge: Some(
        r#"Bearer error="invalid_token", error_description="The token was not accepted""#,
    ),
};

const SESSION_PENDING: Row = Row {
    status: 401,
    code: "session_pending",
    title: "Sign-in not complete",
    detail: "Complete the remaining steps of the sign-in and try again.",
    challenge: Some(
        r#"Bearer error="invalid_token", error_description="The sign-in is not complete""#,
    ),
};

const ACTOR_MISMATCH: Row = Row {
    status: 401,
    code: "actor_mismatch",
    title: "Impersonation not accepted",
    detail: "Stop the impersonation, or sign in as the person who started it.",
    challenge: Some(
        r#"Bearer error="invalid_token", error_description="The session is not the actor's""#,
    ),
};

const IMPERSONATION_ENDED: Row = Row {
    status: 401,
    code: "impersonation_ended",
    title: "Impersonation has ended",
    detail: "Stop the impersonation to go on as yourself, or sign in.",
    challenge: Some(
        r#"Bearer error="invalid_token", error_description="The impersonation has ended""#,
    ),
};

const CROSS_SITE: Row = Row {
    status: 403,
    code: "cross_site",
    title: "Not available from another site",
    detail: "Open the application itself and try again from there.",
    challenge: None,
};

const IMPERSONATION_DENIED: Row = Row {
    status: 403,
    code: "impersonation_denied",
    title: "Not available while impersonating",
    detail: "Ask the user to do this in person, or stop impersonating and use an account of your own.",
    challenge: None,
};

const KEYS_UNAVAILABLE: Row = Row {
    status: 503,
    code: "keys_unavailable",
    title: "Sign-in cannot be checked",
    detail: "Try again in a moment.",
    challenge: None,
};

const CLOCK_UNAVAILABLE: Row = Row {
    status: 503,
    code: "clock_unavailable",
    title: "Sign-in cannot be checked",
    detail: "Try again in a moment.",
    challenge: None,
};

const AUDIT_UNAVAILABLE: Row = Row {
    status: 503,
    code: "audit_unavailable",
    title: "Impersonation cannot be recorded",
    detail: "Try again in a moment.",
    challenge: None,
};

const MISSING_LAYER: Row = Row {
    status: 500,
    code: "missing_layer",
    title: "Application not set up",
    detail: "Tell whoever runs this application that its log names the missing layer.",
    challenge: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, status, code, `error` and `error_description` of the challenge, gRPC status.
    type Expected = (ErrorKind, u16, &'static str, Option<Params>, u8);
    type Params = (&'static str, &'static str);

    const EXPECTED: [Expected; 33] = {
        use ErrorKind as Kind;
        const BAD_REQUEST: &str = "invalid_request";
        const BAD_TOKEN: &str = "invalid_token";
        const NOT_ACCEPTED: Option<Params> = Some((BAD_TOKEN, "The token was not accepted"));
        const TWICE: Option<Params> = Some((BAD_REQUEST, "The credential was sent twice"));
        const NO_TOKEN: Option<Params> = Some((BAD_REQUEST, "The credential is not a token"));
        const PENDING: Option<Params> = Some((BAD_TOKEN, "The sign-in is not complete"));
        const NOT_THEIRS: Option<Params> = Some((BAD_TOKEN, "The session is not the actor's"));
        const ENDED: Option<Params> = Some((BAD_TOKEN, "The impersonation has ended"));
        [
            (
                Kind::MissingCredential,
                401,
                "missing_credential",
                Some(("", "")),
                16,
            ),
            (Kind::DoubledCredential, 400, BAD_REQUEST, TWICE, 3),
            (Kind::MalformedCredential, 400, BAD_REQUEST, NO_TOKEN, 3),
            (Kind::CrossSite, 403, "cross_site", None, 7),
            (Kind::TooLarge, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Form, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Header, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Algorithm, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::TokenType, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Critical, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Category, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::UnknownIssuer, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::UnknownKey, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::KeysUnavailable, 503, "keys_unavailable", None, 14),
            (Kind::ClockUnavailable, 503, "clock_unavailable", None, 14),
            (Kind::Signature, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Claims, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Issuer, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Expired, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::NotYetValid, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::IssuedInFuture, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Audience, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::AuthorizedParty, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::Subject, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::SessionId, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::NotASession, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::SessionPending, 401, "session_pending", PENDING, 16),
            (Kind::Actor, 401, BAD_TOKEN, NOT_ACCEPTED, 16),
            (Kind::ActorMismatch, 401, "actor_mismatch", NOT_THEIRS, 16),
            (
                Kind::ImpersonationEnded,
                401,
                "impersonation_ended",
                ENDED,
                16,
            ),
            (Kind::AuditUnavailable, 503, "audit_unavailable", None, 14),
            (
                Kind::ImpersonationDenied,
                403,
                "impersonation_denied",
                None,
                7,
            ),
            (Kind::MissingLayer, 500, "missing_layer", None, 13),
        ]
    };

    #[test]
    fn every_kind_has_its_row() {
        for (index, (kind, status, code, challenge, grpc_status)) in
            EXPECTED.into_iter().enumerate()
        {
            assert_eq!(
                kind as usize, index,
                "the table leaves out a kind before {kind:?}"
            );
            let refusal = Error::new(kind).refusal();
            assert_eq!(refusal.status(), status, "{kind:?}");
            assert_eq!(refusal.code(), code, "{kind:?}");
            assert_eq!(refusal.grpc_status(), grpc_status, "{kind:?}");

            let expected = challenge.map(|(error, description)| {
                [("error", error), ("error_description", description)]
                    .into_iter()
                    .filter(|(_, value)| !value.is_empty())
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect::<Vec<_>>()
            });
            assert_eq!(refusal.challenge().map(parameters), expected, "{kind:?}");
        }
        assert_eq!(
            EXPECTED[EXPECTED.len() - 1].0,
            ErrorKind::MissingLayer,
            "the last kind"
        );
    }

    /// The parameters of the one Bearer challenge that is there.
    fn parameters(challenge: &str) -> Vec<(String, String)> {
        let parsed = http_auth::parse_challenges(challenge).unwrap();
        let [bearer] = parsed.as_slice() else {
            panic!("{challenge:?} is not one challenge");
        };
        assert_eq!(bearer.scheme, "Bearer");
        let params = bearer.params.iter();
        params
            .map(|(name, value)| ((*name).to_owned(), value.to_unescaped()))
            .collect()
    }

    #[test]
    fn a_client_is_told_when_to_come_back_with_503_only() {
        let after = |error: Error| error.refusal().retry_after();
        assert_eq!(after(Error::keys_unavailable(Some(0))), Some(0));
        assert_eq!(
            after(Error::keys_unavailable(Some(u32::MAX))),
            Some(u32::MAX)
        );
        assert_eq!(
            after(Error::keys_unavailable(None)),
            Some(DEFAULT_RETRY_AFTER)
        );
        for (kind, status, ..) in EXPECTED {
            let expected = (status == 503).then_some(DEFAULT_RETRY_AFTER);
            assert_eq!(after(kind.into()), expected, "{kind:?}");
        }
    }

    #[test]
    fn a_grpc_message_has_the_code_and_what_to_do() {
        assert_eq!(
            Error::new(ErrorKind::MissingCredential)
                .refusal()
                .grpc_message(),
            "missing_credential: Sign in and try again."
        );
    }

    #[test]
    fn one_code_has_one_title_and_status() {
        for (one, ..) in EXPECTED {
            for (other, ..) in EXPECTED {
                let (one, other) = (Error::new(one).refusal(), Error::new(other).refusal());
                if one.code() == other.code() {
                    assert_eq!((one.title(), one.status()), (other.title(), other.status()));
                }
            }
        }
    }

    #[test]
    fn texts_need_no_escape_and_a_detail_is_one_sentence() {
        for (kind, ..) in EXPECTED {
            let refusal = Error::new(kind).refusal();
            for text in [refusal.code(), refusal.title(), refusal.detail()] {
                let is_plain = |byte| (b' '..=b'~').contains(&byte) && !b"\"\\%".contains(&byte);
                assert!(!text.is_empty() && text.bytes().all(is_plain), "{text:?}");
            }
            let detail = refusal.detail();
            assert_eq!(detail.find('.'), Some(detail.len() - 1), "{detail:?}");
        }
    }
}
