use actas_core::{Actor, Direct};

use crate::session::ActorClaim;

/// What decides whether an exchange takes place, and writes it down before there is a token: by the policy, the terms and the
/// limits that hold for any start.
pub trait ExchangeStarts: Send + Sync + 'static {
    /// Starts an impersonation without a ticket: its token is handed out at once.
    ///
    /// Whatever it returns `Ok` for is durably recorded.
    fn start(
        &self,
        wanted: ExchangeStart<'_>,
    ) -> impl Future<Output = Result<ExchangeStarted, ExchangeRefusal>> + Send;
}

/// What an exchange asks for: who it is about was verified, and what the client says was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExchangeStart<'a> {
    /// Who is to act.
    pub actor: &'a Direct,
    /// As whom: a user of the application, whose id may be any text.
    pub user_id: &'a str,
    /// Who acts as the user already, in the session whose token is exchanged.
    pub acting: Option<&'a Actor>,
    /// `act` of the new token: the actor, and inside it who acted before.
    pub act: ActorClaim,
    /// The client, which has authenticated.
    pub client_id: &'a str,
    /// Why, as it was sent.
    pub reason: &'a str,
    /// The ticket that the reason refers to, as it was sent.
    pub ticket: Option<&'a str>,
    /// Whether the user's own token names the actor in `may_act`, which counts as the user's consent.
    pub has_consent: bool,
    /// When the session ends at the latest, in whole seconds since the Unix epoch: the first end of the tokens exchanged.
    pub ends_before: i64,
}

/// An impersonation that has started, and is on record.
#[derive(Clone, Debug)]
pub struct ExchangeStarted {
    /// `sid` of the token.
    pub session_id: String,
    /// `act` of the token, with whatever is to stand in it beside the actors.
    pub act: ActorClaim,
    /// When the session ends, in whole seconds since the Unix epoch.
    pub ends_at: i64,
}

/// Why an exchange does not take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeRefusal {
    /// The id can be no user's.
    UserId,
    /// The reason is shorter or longer than is set, or holds control characters.
    Reason,
    /// The ticket is longer than is taken, or holds control characters.
    Ticket,
    /// The actor has not signed in recently enough.
    NotFresh,
    /// The policy refuses, or there is no such user, or the user has not consented: one answer, which tells none of them.
    Refused,
    /// A second person would have to approve, which an exchange cannot wait for.
    NeedsApproval,
    /// The actor has started as often as is set, or acts in as many sessions. `retry_after` is in seconds.
    Limit {
        /// When to try again, where that is known.
        retry_after: Option<u32>,
    },
    /// It could not be decided or recorded for now.
    Unavailable,
}
