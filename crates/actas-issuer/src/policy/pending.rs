use std::time::Duration;

use actas_audit::SessionId;

use crate::user_id::UserId;

/// A start that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingStart {
    /// What it is known by, and what its session will be known by in the record.
    pub id: SessionId,
    /// `iss` of the actor.
    pub actor_issuer: String,
    /// `sub` of the actor.
    pub actor_subject: String,
    /// As whom the actor wants to act.
    pub user_id: UserId,
    /// Why.
    pub reason: String,
    /// The ticket of the help desk that the reason refers to.
    pub ticket: Option<String>,
    /// How long the session would last.
    pub max_duration: Duration,
    /// When it was asked for, in whole seconds since the Unix epoch.
    pub created_at: i64,
    /// Until when it can be approved and collected, in whole seconds since the Unix epoch.
    pub expires_at: i64,
}
