//! What an exchange answers where it does not take place. This module imports nothing of ours.

use std::borrow::Cow;

/// Why there is no token. The description holds nothing of what was sent.
#[derive(Debug)]
pub(super) struct ExchangeError {
    pub(super) code: Code,
    pub(super) description: Cow<'static, str>,
    pub(super) retry_after: Option<u32>,
}

/// The error codes of RFC 6749 §5.2 and RFC 8693 §2.2.2. Where those have none, the one of RFC 6749 §4.1.2.1 with the status
/// it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    InvalidRequest,
    InvalidClient,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    TooMany,
    Unavailable,
}

impl Code {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::TooMany | Self::Unavailable => "temporarily_unavailable",
        }
    }

    pub(super) const fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            _ => 400,
        }
    }
}

impl ExchangeError {
    pub(super) fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
            retry_after: None,
        }
    }

    pub(super) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// One answer, whether there is such a client or not.
    pub(super) fn invalid_client() -> Self {
        Self::new(
            Code::InvalidClient,
            "the client is not known by this id and secret",
        )
    }

    pub(super) fn retried_after(self, seconds: Option<u32>) -> Self {
        Self {
            retry_after: seconds,
            ..self
        }
    }
}
