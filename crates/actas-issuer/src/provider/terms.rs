use std::ops::RangeInclusive;
use std::time::Duration;

use actas_core::{ConfigError, Direct};
use serde::Serialize;

use super::error::{ProviderError, ProviderErrorKind};
use super::id::Id;
use crate::reason::{are_bounds, help_desk_ticket, reason};

/// Bytes of the longest actor as JSON. It stands in every session token, base64 makes four bytes of three, and a browser
/// takes no cookie of more than 4,096; the token's other claims need their room.
const MAX_ACTOR: usize = 1200;
/// What can be set for an actor token that waits to be used.
const TOKEN_LIFETIME: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(1);
/// What can be set for the session.
const MAX_DURATION: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);

/// As whom an admin wants to act, and why.
#[derive(Clone, Debug)]
#[must_use]
pub struct StartRequest<'a> {
    user_id: &'a str,
    reason: &'a str,
    ticket: Option<&'a str>,
    max_duration: Option<Duration>,
}

impl<'a> StartRequest<'a> {
    /// To act as this user of the Clerk instance, for this reason: 10 to 500 characters unless the provider is built with
    /// other bounds, without the white space at its ends.
    pub fn new(user_id: &'a str, reason: &'a str) -> Self {
        Self {
            user_id,
            reason,
            ticket: None,
            max_duration: None,
        }
    }

    /// The ticket of the help desk that asks for it: 1 to 128 characters. By default, none.
    pub fn with_ticket(self, ticket: &'a str) -> Self {
        let ticket = Some(ticket);
        Self { ticket, ..self }
    }

    /// How long the session may last, in whole seconds; it cannot be longer than the provider is built with. By default, as
    /// long as that.
    pub fn with_max_duration(self, time: Duration) -> Self {
        let max_duration = Some(time);
        Self {
            max_duration,
            ..self
        }
    }
}

/// On what terms an impersonation starts.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) reason_length: RangeInclusive<usize>,
    pub(super) token_lifetime: Duration,
    pub(super) max_duration: Duration,
}

/// The body of `POST /v1/actor_tokens`.
#[derive(Serialize)]
pub(super) struct CreateActorToken<'a> {
    pub(super) user_id: &'a str,
    pub(super) actor: Actor<'a>,
    expires_in_seconds: u64,
    session_max_duration_in_seconds: u64,
}

/// Who acts, as it comes to stand in the `act` claim. `iss` is always there: whose user the admin is does not depend on
/// which instance issues the token.
#[derive(Serialize)]
pub(super) struct Actor<'a> {
    pub(super) sub: &'a str,
    pub(super) iss: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            reason_length: 10..=500,
            token_lifetime: Duration::from_mins(1),
            max_duration: Duration::from_mins(30),
        }
    }
}

impl Terms {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let refused = |name, value: String| Err(ConfigError::Setting { name, value });
        let length = &self.reason_length;
        if !are_bounds(length) {
            let name = "length of a reason, which begins at 1 character or later";
            return refused(name, format!("{length:?}"));
        }
        if !TOKEN_LIFETIME.contains(&self.token_lifetime) {
            let value = format!("{:?}", self.token_lifetime);
            return refused(
                "lifetime of an actor token, which is a second to an hour",
                value,
            );
        }
        if !MAX_DURATION.contains(&self.max_duration) {
            let value = format!("{:?}", self.max_duration);
            return refused(
                "longest duration of an impersonation, which is a second to a day",
                value,
            );
        }
        Ok(())
    }

    /// What to ask for, if it may be asked for.
    pub(super) fn judge<'a>(
        &self,
        actor: &'a Direct,
        request: &StartRequest<'a>,
    ) -> Result<CreateActorToken<'a>, ProviderError> {
        let user_id = Id::judge(request.user_id)?.as_str();
        // Clerk's ids are unique over its instances: the same id is the same user, whichever issuer vouched for the admin.
        if user_id == actor.user_id.as_str() {
            return Err(ProviderErrorKind::OwnUser.into());
        }
        let reason = reason(request.reason, &self.reason_length);
        let reason = reason.ok_or(ProviderErrorKind::Reason)?;
        let ticket = request.ticket;
        let ticket = ticket.map(|ticket| help_desk_ticket(ticket).ok_or(ProviderErrorKind::Ticket));
        let ticket = ticket.transpose()?;
        let max_duration = request.max_duration.unwrap_or(self.max_duration);
        let seconds = max_duration.min(self.max_duration).as_secs();
        if seconds == 0 {
            return Err(ProviderErrorKind::MaxDuration.into());
        }
        let actor = Actor {
            sub: &actor.user_id,
            iss: &actor.issuer,
            reason,
            ticket,
        };
        let bytes = serde_json::to_vec(&actor).map_or(usize::MAX, |json| json.len());
        if bytes > MAX_ACTOR {
            return Err(ProviderErrorKind::ActorTooLarge.into());
        }
        Ok(CreateActorToken {
            user_id,
            actor,
            expires_in_seconds: self.token_lifetime.as_secs(),
            session_max_duration_in_seconds: seconds,
        })
    }
}
