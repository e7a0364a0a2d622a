//! What can go wrong. This module imports nothing of ours.

use std::fmt;

/// Why a request was refused.
///
/// Opaque, so that it can learn to say more: match on [`Error::kind`]. It holds no byte of a token, a key or a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    retry_after: Option<u32>,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            retry_after: None,
        }
    }

    /// The keys to verify with cannot be had for now: what a [`KeySource`](crate::KeySource) answers in an outage.
    ///
    /// `retry_after` is how many seconds a client should wait before it tries again.
    #[must_use]
    pub const fn keys_unavailable(retry_after: Option<u32>) -> Self {
        Self {
            kind: ErrorKind::KeysUnavailable,
            retry_after,
        }
    }

    /// The audit record cannot be written for now.
    pub(crate) const fn audit_unavailable(retry_after: Option<u32>) -> Self {
        Self {
            kind: ErrorKind::AuditUnavailable,
            retry_after,
        }
    }

    /// The rule that refused.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Seconds after which the request may be tried again, where that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.reason())
    }
}

impl std::error::Error for Error {}

/// The rule that refused a request, in the order in which the rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request carries no credential.
    MissingCredential,
    /// Two `Authorization` headers, one cookie twice with different values, or an impersonation cookie beside a `Bearer`
    /// token.
    DoubledCredential,
    /// The credential is no token: an empty or spaced `Bearer`, or bytes other than visible ASCII.
    MalformedCredential,
    /// A cookie credential on a request that changes something and comes from another site.
    CrossSite,
    /// The token is longer than the verifier takes.
    TooLarge,
    /// The token is no compact JWS (RFC 7515 §7.1) of three base64url parts.
    Form,
    /// The token's protected header is no JSON object with unique names and members of the right type.
    Header,
    /// The token's `alg` is not one the verifier takes.
    Algorithm,
    /// The token's `typ` is not a session token's.
    TokenType,
    /// The token's header marks an extension as critical (RFC 7515 §4.1.11); none is understood.
    Critical,
    /// The token's `cat` is not a session token's.
    Category,
    /// The token's `iss` is none of the issuers that are trusted.
    UnknownIssuer,
    /// No key has the token's (`kid`, `alg`).
    UnknownKey,
    /// The keys to verify with cannot be had for now.
    KeysUnavailable,
    /// The clock cannot tell the time.
    ClockUnavailable,
    /// The signature does not verify.
    Signature,
    /// The claims are no JSON object with unique names.
    Claims,
    /// `iss` is not the issuer that the keys belong to.
    Issuer,
    /// `exp` is missing, malformed, past, or beyond the year 9999.
    Expired,
    /// `nbf` is malformed or yet to come.
    NotYetValid,
    /// `iat` is malformed or yet to come.
    IssuedInFuture,
    /// `aud` does not name this application, or names one where none is expected.
    Audience,
    /// `azp` is not one of the authorized parties.
    AuthorizedParty,
    /// `sub` is no non-empty string, or holds a NUL (U+0000).
    Subject,
    /// `sid` is missing where it is required, or no non-empty string.
    SessionId,
    /// The token lacks what sets a session token of its issuer apart from the issuer's other tokens.
    NotASession,
    /// `sts` is malformed, or says that the session has tasks to complete before it counts as signed in.
    SessionPending,
    /// `act` is present and identifies no actor, or is missing from the token of an impersonation cookie.
    Actor,
    /// The session beside an impersonation cookie is not its actor's.
    ActorMismatch,
    /// The impersonation has ended: its cookie has outlived its token, or it was stopped, revoked or left idle.
    ImpersonationEnded,
    /// The request is impersonated, and its audit record cannot be written for now.
    AuditUnavailable,
    /// A guard refused because somebody acts as the user.
    ImpersonationDenied,
    /// A guard or an extractor stands on a route that no authentication layer surrounds.
    MissingLayer,
}

impl ErrorKind {
    /// The name of the rule, for logs and audit records: `expired`. It does not change between releases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingCredential => "missing_credential",
            Self::DoubledCredential => "doubled_credential",
            Self::MalformedCredential => "malformed_credential",
            Self::CrossSite => "cross_site",
            Self::TooLarge => "too_large",
            Self::Form => "form",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::TokenType => "token_type",
            Self::Critical => "critical",
            Self::Category => "category",
            Self::UnknownIssuer => "unknown_issuer",
            Self::UnknownKey => "unknown_key",
            Self::KeysUnavailable => "keys_unavailable",
            Self::ClockUnavailable => "clock_unavailable",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::Audience => "audience",
            Self::AuthorizedParty => "authorized_party",
            Self::Subject => "subject",
            Self::SessionId => "session_id",
            Self::NotASession => "not_a_session",
            Self::SessionPending => "session_pending",
            Self::Actor => "actor",
            Self::ActorMismatch => "actor_mismatch",
            Self::ImpersonationEnded => "impersonation_ended",
            Self::AuditUnavailable => "audit_unavailable",
            Self::ImpersonationDenied => "impersonation_denied",
            Self::MissingLayer => "missing_layer",
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::MissingCredential => "no credential was sent",
            Self::DoubledCredential => "the credential was sent twice",
            Self::MalformedCredential => "the credential is not a token",
            Self::CrossSite => "the request comes from another site",
            Self::TooLarge => "the token is too large",
            Self::Form => "the token is not a compact JWS",
            Self::Header => "the token's header is malformed",
            Self::Algorithm => "the token's algorithm is not accepted",
            Self::TokenType => "the token's type is not a session token's",
            Self::Critical => "the token demands an extension that is not understood",
            Self::Category => "the token's category is not a session token's",
            Self::UnknownIssuer => "the token's issuer is not known",
            Self::UnknownKey => "the token's key is not known",
            Self::KeysUnavailable => "the issuer's keys are not available",
            Self::ClockUnavailable => "the time is not available",
            Self::Signature => "the token's signature is not valid",
            Self::Claims => "the token's claims are malformed",
            Self::Issuer => "the token is from another issuer",
            Self::Expired => "the token has expired or says not when it does",
            Self::NotYetValid => "the token is not valid yet",
            Self::IssuedInFuture => "the token was issued in the future",
            Self::Audience => "the token is meant for another audience",
            Self::AuthorizedParty => "the token was issued to another party",
            Self::Subject => "the token names no subject",
            Self::SessionId => "the token names no session",
            Self::NotASession => "the token is not a session token",
            Self::SessionPending => "the session is pending",
            Self::Actor => "the token's actor is malformed or missing",
            Self::ActorMismatch => "the session beside the impersonation is not the actor's",
            Self::ImpersonationEnded => "the impersonation has ended",
            Self::AuditUnavailable => "the audit record cannot be written",
            Self::ImpersonationDenied => "not available while impersonating",
            Self::MissingLayer => "no authentication layer surrounds the route",
        }
    }
}
