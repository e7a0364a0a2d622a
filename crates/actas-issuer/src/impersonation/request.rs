use std::time::Duration;

use crate::user_id::UserId;

/// As whom an admin wants to act, and why. Who the admin is, is no part of it.
#[derive(Clone, Debug)]
#[must_use]
pub struct StartRequest {
    pub(super) user_id: UserId,
    pub(super) reason: String,
    pub(super) ticket: Option<String>,
    pub(super) max_duration: Option<Duration>,
}

impl StartRequest {
    /// To act as this user, for this reason: 10 to 500 characters unless other bounds are set, without the white space at its
    /// ends.
    pub fn new(user_id: UserId, reason: impl Into<String>) -> Self {
        Self {
            user_id,
            reason: reason.into(),
            ticket: None,
            max_duration: None,
        }
    }

    /// The ticket of the help desk that asks for it: 1 to 128 characters. By default, none.
    pub fn with_ticket(mut self, ticket: impl Into<String>) -> Self {
        self.ticket = Some(ticket.into());
        self
    }

    /// How long the session may last, in whole seconds; it is never longer than is set. By default, as long as that.
    pub fn with_max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }
}
