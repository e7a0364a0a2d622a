use std::ops::RangeInclusive;
use std::time::Duration;

use actas_core::{ConfigError, Direct};

use crate::key::MAX_TOKEN_SECONDS;
use crate::reason::{are_bounds, reason};

/// The longest life of a ticket.
const MAX_TICKET_LIFETIME: Duration = Duration::from_mins(1);
const MAX_APPROVAL_LIFETIME: Duration = Duration::from_hours(24);

/// Whether a user must have agreed before anybody acts as them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consent {
    /// They need not have.
    #[default]
    NotNeeded,
    /// Their consent must be on record, and last. What runs on it ends with it: at once when they withdraw it, and when it runs
    /// out, with the next [recheck](crate::Impersonations::recheck).
    OnRecord,
}

/// Whether a start must be approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Approval {
    /// It need not be.
    #[default]
    NotNeeded,
    /// By a second person, who is neither the actor nor the user.
    SecondPerson,
}

/// On what terms an impersonation starts.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) reason_length: RangeInclusive<usize>,
    pub(crate) max_duration: Duration,
    pub(crate) idle_limit: Duration,
    pub(crate) ticket_lifetime: Duration,
    pub(crate) approval_lifetime: Duration,
    pub(crate) fresh_login: Option<Duration>,
    pub(crate) starts_per_hour: u32,
    pub(crate) concurrent_sessions: u32,
    pub(crate) consent: Consent,
    pub(crate) approval: Approval,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            reason_length: 10..=500,
            max_duration: Duration::from_mins(30),
            idle_limit: Duration::from_mins(10),
            ticket_lifetime: MAX_TICKET_LIFETIME,
            approval_lifetime: Duration::from_hours(1),
            fresh_login: None,
            starts_per_hour: 20,
            concurrent_sessions: 1,
            consent: Consent::NotNeeded,
            approval: Approval::NotNeeded,
        }
    }
}

impl Terms {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let second = Duration::from_secs(1);
        let longest = Duration::from_secs(MAX_TOKEN_SECONDS);
        let length = &self.reason_length;
        for (name, is_good, value) in [
            (
                "length of a reason, which begins at 1 character or later",
                are_bounds(length),
                format!("{length:?}"),
            ),
            (
                "longest duration of an impersonation, which is a second to a day",
                (second..=longest).contains(&self.max_duration),
                format!("{:?}", self.max_duration),
            ),
            (
                "time an impersonation may be idle, which is a second at least",
                self.idle_limit >= second,
                format!("{:?}", self.idle_limit),
            ),
            (
                "lifetime of a ticket, which is 1 to 60 seconds",
                (second..=MAX_TICKET_LIFETIME).contains(&self.ticket_lifetime),
                format!("{:?}", self.ticket_lifetime),
            ),
            (
                "time for an approval, which is a second to a day",
                (second..=MAX_APPROVAL_LIFETIME).contains(&self.approval_lifetime),
                format!("{:?}", self.approval_lifetime),
            ),
            (
                "number of starts in an hour, which is 1 at least",
                self.starts_per_hour > 0,
                self.starts_per_hour.to_string(),
            ),
            (
                "number of concurrent sessions, which is 1 at least",
                self.concurrent_sessions > 0,
                self.concurrent_sessions.to_string(),
            ),
        ] {
            if !is_good {
                return Err(ConfigError::Setting { name, value });
            }
        }
        Ok(())
    }

    /// The reason without the white space at its ends.
    pub(crate) fn reason<'a>(&self, text: &'a str) -> Option<&'a str> {
        reason(text, &self.reason_length)
    }

    /// How long the session lasts, in whole seconds.
    pub(crate) fn duration(&self, asked: Option<Duration>) -> Option<i64> {
        let duration = asked.unwrap_or(self.max_duration).min(self.max_duration);
        i64::try_from(duration.as_secs())
            .ok()
            .filter(|seconds| *seconds > 0)
    }

    /// Whether the actor has proved who they are lately enough. A token that does not say, or not when it was issued, is too old.
    pub(crate) fn is_fresh(&self, actor: &Direct, now: i64) -> bool {
        let Some(limit) = self.fresh_login else {
            return true;
        };
        let first = actor.factor_verification_age().and_then(|age| age.first);
        first.zip(actor.issued_at).is_some_and(|(minutes, issued)| {
            // The age is that at the time the token was issued.
            let since = u64::try_from(now.saturating_sub(issued)).unwrap_or(0);
            let age = u64::from(minutes).saturating_mul(60).saturating_add(since);
            Duration::from_secs(age) <= limit
        })
    }
}
