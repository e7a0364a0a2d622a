//! What is sent, as JSON or as a form.

use std::ops::RangeInclusive;
use std::time::Duration;

use actas_core::SessionKey;
use actas_issuer::{Revocation, StartRequest};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::Fields;
use crate::wire::Problem;

/// The earliest time of a consent: 2001-09-09. What is smaller was meant to be milliseconds, and is seconds.
const FIRST_MOMENT: i64 = 1_000_000_000_000;
/// Seconds that a session may be asked for: what the application allows is less.
const DURATION: RangeInclusive<u64> = 1..=86_400;
/// The last moment that the record can hold.
const LAST_MOMENT: i64 = 253_402_207_200_000;

/// As whom the caller wants to act, and why. Who the caller is, is no part of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StartRequest)]
pub(super) struct StartBody {
    /// The user, as the application names them: 1 to 512 bytes without control characters.
    #[schema(min_length = 1, max_length = 512, example = "user_1")]
    user_id: String,
    /// Why: 10 to 500 characters, unless the application sets other bounds.
    #[schema(min_length = 1, example = "the export of invoices fails")]
    reason: String,
    /// The ticket of the help desk that asks for it.
    #[schema(min_length = 1, max_length = 128, example = "HELP-712")]
    ticket: Option<String>,
    /// How long the session may last, in seconds. It is never longer than the application allows.
    #[schema(minimum = 1, maximum = 86_400, example = 600)]
    max_duration: Option<u64>,
}

/// A body without a member, or none at all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CollectRequest)]
pub(super) struct CollectBody {}

/// The ticket of a start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RedeemRequest)]
pub(super) struct RedeemBody {
    /// What the start was answered with.
    #[schema(min_length = 1, format = Password)]
    pub(super) ticket: String,
}

/// What is to be revoked, and why: 10 to 500 characters, unless the application sets other bounds.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = RevokeRequest)]
pub(super) enum RevokeBody {
    /// One session, whoever acts in it.
    Session {
        /// `iss` of its tokens.
        #[schema(min_length = 1)]
        issuer: String,
        /// `sid` of its tokens.
        #[schema(min_length = 1)]
        session_id: String,
        #[schema(min_length = 1)]
        reason: String,
    },
    /// All in which this actor acts.
    Actor {
        /// The actor's issuer.
        #[schema(min_length = 1)]
        issuer: String,
        /// The actor's subject.
        #[schema(min_length = 1)]
        subject: String,
        #[schema(min_length = 1)]
        reason: String,
    },
    /// All in which somebody acts as this user.
    User {
        /// `iss` of the tokens.
        #[schema(min_length = 1)]
        issuer: String,
        #[schema(min_length = 1)]
        user_id: String,
        #[schema(min_length = 1)]
        reason: String,
    },
    /// All.
    Everything {
        #[schema(min_length = 1)]
        reason: String,
    },
}

/// Until when the caller agrees to be acted as.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConsentRequest)]
pub(super) struct ConsentBody {
    /// In milliseconds since the Unix epoch.
    #[schema(minimum = 1_000_000_000_000_i64, maximum = 253_402_207_200_000_i64)]
    until: u64,
}

impl Fields for StartBody {
    const EXPECTED: &'static str =
        "user_id and reason, and where they are needed, ticket and max_duration (whole seconds)";
    const NUMBERS: &'static [&'static str] = &["max_duration"];
    // The ticket is in the answer: there is nowhere to go without it.
    const LEADS_ON: bool = false;
}

impl Fields for CollectBody {
    const EXPECTED: &'static str = "nothing, or a JSON object or a form without a member";
    const LEADS_ON: bool = false;

    fn nothing() -> Option<Self> {
        Some(Self {})
    }
}

impl Fields for RedeemBody {
    const EXPECTED: &'static str = "ticket";
}

impl Fields for RevokeBody {
    const EXPECTED: &'static str = "what (session, actor, user or everything), reason, and but for everything issuer, with \
        session_id, subject or user_id";
}

impl Fields for ConsentBody {
    const EXPECTED: &'static str = "until, in milliseconds since the Unix epoch";
    const NUMBERS: &'static [&'static str] = &["until"];
}

impl StartBody {
    pub(super) fn into_request(self) -> Result<StartRequest, Problem> {
        let expected = "1 to 512 bytes without control characters";
        let user_id = self.user_id.try_into();
        let user_id = user_id.map_err(|_| Problem::parameter("user_id", expected))?;
        let mut request = StartRequest::new(user_id, self.reason);
        if let Some(ticket) = self.ticket {
            request = request.with_ticket(ticket);
        }
        if let Some(seconds) = self.max_duration {
            if !DURATION.contains(&seconds) {
                return Err(Problem::parameter("max_duration", "1 to 86400 seconds"));
            }
            request = request.with_max_duration(Duration::from_secs(seconds));
        }
        Ok(request)
    }
}

impl RevokeBody {
    /// What, and why.
    pub(super) fn into_parts(self) -> (Revocation, String) {
        match self {
            Self::Session {
                issuer,
                session_id,
                reason,
            } => {
                let session_key = SessionKey::SessionId(&session_id).to_string();
                let what = Revocation::Session {
                    issuer,
                    session_key,
                };
                (what, reason)
            }
            Self::Actor {
                issuer,
                subject,
                reason,
            } => (Revocation::Actor { issuer, subject }, reason),
            Self::User {
                issuer,
                user_id,
                reason,
            } => (Revocation::User { issuer, user_id }, reason),
            Self::Everything { reason } => (Revocation::Everything, reason),
        }
    }
}

impl ConsentBody {
    /// In whole seconds since the Unix epoch.
    pub(super) fn until(&self) -> Result<i64, Problem> {
        let until = i64::try_from(self.until).ok();
        let until = until.filter(|until| (FIRST_MOMENT..=LAST_MOMENT).contains(until));
        until
            .map(|until| until.div_euclid(1000))
            .ok_or_else(|| Problem::parameter("until", Self::EXPECTED))
    }
}
