use actas_audit::SessionId;

use crate::cookie::SetCookie;
use crate::session::SessionToken;
use crate::ticket::{Binding, Ticket};
use crate::user_id::UserId;

/// What became of a start.
#[derive(Debug)]
#[non_exhaustive]
pub enum Started {
    /// It is recorded: its token is fetched by the ticket, in the browser that has the binding.
    #[non_exhaustive]
    Ticket {
        /// Good once, until it expires.
        ticket: Ticket,
        /// What the ticket is bound to.
        binding: Binding,
        /// The cookie that holds the binding: the `Set-Cookie` field of the answer to the start.
        cookie: SetCookie,
        /// When the ticket expires, in whole seconds since the Unix epoch.
        expires_at: i64,
        /// What the record knows the session by.
        session: SessionId,
        /// When the session ends at the latest, in whole seconds since the Unix epoch.
        ends_at: i64,
    },
    /// It waits for a second person. Once that has approved it, the actor [collects](crate::Impersonations::collect) it.
    #[non_exhaustive]
    AwaitsApproval {
        /// What it is approved and collected by, and what the record will know the session by.
        id: SessionId,
        /// Until when, in whole seconds since the Unix epoch.
        expires_at: i64,
    },
}

/// An impersonated session, from now on.
#[derive(Debug)]
#[non_exhaustive]
pub struct Redeemed {
    /// Its token.
    pub token: SessionToken,
    /// The impersonation cookie with the token: a `Set-Cookie` field of the answer, beside
    /// [`clear_start`](crate::Cookies::clear_start).
    pub cookie: SetCookie,
    /// What the record knows the session by.
    pub session: SessionId,
    /// Whom the caller acts as.
    pub user_id: UserId,
    /// When the session ends at the latest, in whole seconds since the Unix epoch.
    pub ends_at: i64,
}

/// A consent holds no longer, whatever this says: nothing starts on it, and no ticket is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withdrawn {
    /// Whether the record says that all that ran on it has ended. What has not is ended once the record answers.
    pub recorded: bool,
}
