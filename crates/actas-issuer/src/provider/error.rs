//! Why a provider did not do what it was asked. This module imports nothing of ours.

use std::fmt;
use std::time::Duration;

/// Why a provider did not do what it was asked.
///
/// It holds no byte of the secret key, of an actor token or of its URL, nor anything of the provider's prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    pub(super) kind: ProviderErrorKind,
    pub(super) status: Option<u16>,
    pub(super) code: Option<Box<str>>,
    pub(super) trace_id: Option<Box<str>>,
    pub(super) limit: Option<ImpersonationLimit>,
    pub(super) retry_after: Option<Duration>,
    pub(super) detail: Option<Box<str>>,
}

/// What went wrong, and so what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// The admin would act as themselves. Nothing was sent.
    OwnUser,
    /// The reason is missing, shorter or longer than is set, or holds control characters. Nothing was sent.
    Reason,
    /// The ticket is empty, longer than 128 characters, or holds control characters. Nothing was sent.
    Ticket,
    /// The session would be shorter than a second. Nothing was sent.
    MaxDuration,
    /// Actor, reason and ticket are longer than 1,200 bytes as JSON. Nothing was sent: with more, the session token would
    /// outgrow the cookie that browsers take.
    ActorTooLarge,
    /// The id of a user, session or actor token is none of Clerk's. Nothing was sent.
    Id,
    /// Clerk refuses the secret key (401): use the one of this instance, which may have been replaced.
    SecretKey,
    /// The plan of the Clerk application lacks impersonation (402).
    PlanRequired,
    /// There is no such user, session or actor token at this instance (404). A session may have ended long ago.
    NotFound,
    /// Clerk lets no session begin, because of the impersonation that is under way (409, `session_creation_not_allowed`):
    /// end that one first.
    SessionNotAllowed,
    /// The impersonations of the plan are used up (422, `impersonation_limit_exceeded`); [`ProviderError::limit`] says how
    /// many there are.
    LimitExceeded,
    /// The actor token was used or revoked (400, `actor_token_cannot_be_revoked_code`): if it was used, end its session.
    NotPending,
    /// Clerk refuses the request for another reason (4xx); [`ProviderError::code`] says which.
    Refused,
    /// Too many requests (429): wait for [`ProviderError::retry_after`].
    RateLimited,
    /// Clerk failed (5xx). A start may or may not have taken place; its actor token is known to nobody and ends with its
    /// lifetime.
    Unavailable,
    /// No answer came in time. As for [`Unavailable`](Self::Unavailable), what was asked may have been done.
    Timeout,
    /// No connection was had, or it broke. As for [`Unavailable`](Self::Unavailable), what was asked may have been done.
    Connection,
    /// The answer is longer than 1 MiB.
    TooLarge,
    /// The answer cannot be read, is about something else than was asked, or does not say that it was done. As for
    /// [`Unavailable`](Self::Unavailable), what was asked may have been done.
    Unreadable,
    /// The user has more live sessions than are read (10,000).
    TooManySessions,
}

/// How many impersonations a plan has in a billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ImpersonationLimit {
    /// How many there are.
    pub limit: u64,
    /// How many are used up.
    pub used: u64,
}

impl ProviderError {
    pub(super) fn with_detail(kind: ProviderErrorKind, detail: impl Into<Box<str>>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..kind.into()
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ProviderErrorKind {
        self.kind
    }

    /// The status of the answer, where it was one that refuses.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The provider's code of the error, at most 64 characters of `a-z`, `0-9` and `_`. For a log: what to do is said by
    /// [`Self::kind`].
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// What the provider's support finds the call by (`clerk_trace_id`): 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }

    /// How many impersonations the plan has, for [`ProviderErrorKind::LimitExceeded`] where the answer says it.
    #[must_use]
    pub fn limit(&self) -> Option<ImpersonationLimit> {
        self.limit
    }

    /// How long to wait, where the answer says it in seconds (RFC 9110 §10.2.3): at most an hour.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl From<ProviderErrorKind> for ProviderError {
    fn from(kind: ProviderErrorKind) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            trace_id: None,
            limit: None,
            retry_after: None,
            detail: None,
        }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())?;
        if let Some(ImpersonationLimit { limit, used }) = self.limit {
            write!(f, ": {used} of {limit}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(status) = self.status {
            write!(f, " (status {status}")?;
            if let Some(code) = &self.code {
                write!(f, ", {code}")?;
            }
            f.write_str(")")?;
        }
        if let Some(time) = self.retry_after {
            write!(f, "; retry after {} s", time.as_secs())?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {}

impl ProviderErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::OwnUser => "an admin cannot act as themselves",
            Self::Reason => {
                "the reason is missing, too short, too long, or holds control characters"
            }
            Self::Ticket => "the ticket is empty, too long, or holds control characters",
            Self::MaxDuration => "the session is to last at least a second",
            Self::ActorTooLarge => {
                "the reason and the ticket are too long for a session token: shorten them"
            }
            Self::Id => "the id is none of Clerk's",
            Self::SecretKey => "Clerk refuses the secret key: use the one of this instance",
            Self::PlanRequired => "the plan of the Clerk application lacks impersonation",
            Self::NotFound => "Clerk knows no such user, session or actor token",
            Self::SessionNotAllowed => {
                "Clerk lets no session begin during an impersonation: end that one first"
            }
            Self::LimitExceeded => "the impersonations of the Clerk plan are used up",
            Self::NotPending => {
                "the actor token was used or revoked: if it was used, end its session"
            }
            Self::Refused => "Clerk refuses the request",
            Self::RateLimited => "Clerk takes no more requests for now",
            Self::Unavailable => "Clerk failed, and may have done what it was asked",
            Self::Timeout => "Clerk did not answer in time, and may have done what it was asked",
            Self::Connection => "the connection to Clerk failed",
            Self::TooLarge => "the answer of Clerk is longer than 1 MiB",
            Self::Unreadable => "the answer of Clerk cannot be used",
            Self::TooManySessions => "the user has more live sessions than are read",
        }
    }
}
