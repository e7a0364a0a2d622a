//! What is answered, as JSON. Times are milliseconds since the Unix epoch.

use actas_core::Ending;
use actas_issuer::{ConsentRecord, PendingStart, Redeemed, SessionId, Ticket};
use serde::Serialize;
use utoipa::ToSchema;

use super::provider::ProviderEnds;

/// A start that is recorded. The session begins when the ticket is redeemed.
#[derive(Serialize, ToSchema)]
#[schema(as = Start)]
pub(super) struct StartObject {
    #[schema(inline)]
    object: StartTag,
    /// What the session will be known by.
    #[schema(pattern = "^imp_[0-9a-f]{32}$")]
    id: String,
    /// What it is redeemed by: once, and in the browser that has the cookie of this answer.
    ticket: String,
    /// When the ticket expires, in milliseconds since the Unix epoch.
    ticket_expire_at: i64,
    /// When the session ends at the latest, in milliseconds since the Unix epoch.
    expire_at: i64,
}

/// A start that waits to be approved by a second person, and then to be collected.
#[derive(Serialize, ToSchema)]
#[schema(as = PendingStart)]
pub(super) struct PendingObject {
    #[schema(inline)]
    object: PendingTag,
    /// What it is approved and collected by, and what the session will be known by.
    #[schema(pattern = "^imp_[0-9a-f]{32}$")]
    id: String,
    /// Until when it waits, in milliseconds since the Unix epoch.
    expire_at: i64,
}

/// A start that the caller may approve.
#[derive(Serialize, ToSchema)]
#[schema(as = ApprovableStart)]
pub(super) struct ApprovableObject {
    #[schema(inline)]
    object: PendingTag,
    /// What it is approved by.
    #[schema(pattern = "^imp_[0-9a-f]{32}$")]
    id: String,
    /// `iss` of who wants to act.
    actor_issuer: String,
    /// `sub` of who wants to act.
    actor_subject: String,
    /// As whom.
    user_id: String,
    /// Why.
    reason: String,
    /// The ticket that the reason refers to.
    #[schema(required)]
    ticket: Option<String>,
    /// How long the session would last, in seconds.
    max_duration: u64,
    /// When it was asked for, in milliseconds since the Unix epoch.
    created_at: i64,
    /// Until when it waits, in milliseconds since the Unix epoch.
    expire_at: i64,
}

/// The starts that the caller may approve, the oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ApprovableStarts)]
pub(super) struct ApprovablePage {
    data: Vec<ApprovableObject>,
}

/// An approval.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
pub(super) struct ApprovalObject {
    #[schema(inline)]
    object: ApprovalTag,
    /// The start.
    #[schema(pattern = "^imp_[0-9a-f]{32}$")]
    id: String,
}

/// An impersonation that has begun. Its token is in a cookie that no script can read.
#[derive(Serialize, ToSchema)]
#[schema(as = CurrentImpersonation)]
pub(super) struct RedeemedObject {
    #[schema(inline)]
    object: RedeemedTag,
    /// What the session is known by.
    #[schema(pattern = "^imp_[0-9a-f]{32}$")]
    id: String,
    /// Whom the caller acts as from now on.
    user_id: String,
    /// When it ends at the latest, in milliseconds since the Unix epoch.
    expire_at: i64,
}

/// A stop. Whatever it says, the browser has no impersonation any longer.
#[derive(Serialize, ToSchema)]
#[schema(as = Stop)]
pub(super) struct StopObject {
    #[schema(inline)]
    object: StopTag,
    found: Found,
    /// Whether the record says that the session has ended. Where the record cannot be had it says so later.
    recorded: bool,
    /// What became of it at the identity provider; null where the session is not the provider's.
    #[schema(required)]
    provider: Option<ProviderEnds>,
}

/// A revocation.
#[derive(Serialize, ToSchema)]
#[schema(as = Revocation)]
pub(super) struct RevocationObject {
    #[schema(inline)]
    object: RevocationTag,
    /// What became of it at the identity provider; null where none of its sessions is concerned.
    #[schema(required)]
    provider: Option<ProviderEnds>,
}

/// What the caller has agreed to.
#[derive(Serialize, ToSchema)]
#[schema(as = Consent)]
pub(super) struct ConsentObject {
    #[schema(inline)]
    object: ConsentTag,
    /// When the caller agreed, in milliseconds since the Unix epoch; null where they never have.
    #[schema(required)]
    given_at: Option<i64>,
    /// Until when it holds, in milliseconds since the Unix epoch.
    #[schema(required)]
    until: Option<i64>,
    /// When it was withdrawn, in milliseconds since the Unix epoch.
    #[schema(required)]
    withdrawn_at: Option<i64>,
}

/// A consent that was withdrawn, if there was one.
#[derive(Serialize, ToSchema)]
#[schema(as = Withdrawal)]
pub(super) struct WithdrawalObject {
    #[schema(inline)]
    object: WithdrawalTag,
    /// Whether the record says that all that ran on it has ended. What has not is ended once the record answers.
    recorded: bool,
}

/// What a stop has found: a `session`, which may have ended before; a credential that cannot be verified, `unverified`; or
/// `nothing`.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Found {
    Session,
    Unverified,
    Nothing,
}

macro_rules! tags {
    ($($tag:ident::$name:ident)+) => {$(
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        enum $tag {
            $name,
        }
    )+};
}

tags! {
    StartTag::ImpersonationStart
    PendingTag::PendingImpersonationStart
    ApprovalTag::ImpersonationApproval
    RedeemedTag::Impersonation
    StopTag::ImpersonationStop
    RevocationTag::ImpersonationRevocation
    ConsentTag::ImpersonationConsent
    WithdrawalTag::ImpersonationConsentWithdrawal
}

impl StartObject {
    /// Times are in seconds.
    pub(super) fn new(id: SessionId, ticket: &Ticket, expires_at: i64, ends_at: i64) -> Self {
        Self {
            object: StartTag::ImpersonationStart,
            id: id.to_string(),
            ticket: ticket.to_string(),
            ticket_expire_at: milliseconds(expires_at),
            expire_at: milliseconds(ends_at),
        }
    }
}

impl PendingObject {
    /// The time is in seconds.
    pub(super) fn new(id: SessionId, expires_at: i64) -> Self {
        Self {
            object: PendingTag::PendingImpersonationStart,
            id: id.to_string(),
            expire_at: milliseconds(expires_at),
        }
    }
}

impl From<PendingStart> for ApprovableObject {
    fn from(start: PendingStart) -> Self {
        Self {
            object: PendingTag::PendingImpersonationStart,
            id: start.id.to_string(),
            actor_issuer: start.actor_issuer,
            actor_subject: start.actor_subject,
            user_id: start.user_id.into_string(),
            reason: start.reason,
            ticket: start.ticket,
            max_duration: start.max_duration.as_secs(),
            created_at: milliseconds(start.created_at),
            expire_at: milliseconds(start.expires_at),
        }
    }
}

impl From<Vec<PendingStart>> for ApprovablePage {
    fn from(starts: Vec<PendingStart>) -> Self {
        Self {
            data: starts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<SessionId> for ApprovalObject {
    fn from(id: SessionId) -> Self {
        Self {
            object: ApprovalTag::ImpersonationApproval,
            id: id.to_string(),
        }
    }
}

impl From<&Redeemed> for RedeemedObject {
    fn from(redeemed: &Redeemed) -> Self {
        Self {
            object: RedeemedTag::Impersonation,
            id: redeemed.session.to_string(),
            user_id: redeemed.user_id.to_string(),
            expire_at: milliseconds(redeemed.ends_at),
        }
    }
}

impl StopObject {
    pub(super) fn new(found: Found, recorded: bool, provider: Option<ProviderEnds>) -> Self {
        Self {
            object: StopTag::ImpersonationStop,
            found,
            recorded,
            provider,
        }
    }
}

impl From<&Ending> for Found {
    fn from(ending: &Ending) -> Self {
        match ending {
            Ending::Session(_) => Self::Session,
            Ending::Nothing => Self::Nothing,
            _ => Self::Unverified,
        }
    }
}

impl RevocationObject {
    pub(super) fn new(provider: Option<ProviderEnds>) -> Self {
        Self {
            object: RevocationTag::ImpersonationRevocation,
            provider,
        }
    }
}

impl From<Option<ConsentRecord>> for ConsentObject {
    fn from(record: Option<ConsentRecord>) -> Self {
        let withdrawn_at = record.and_then(|record| record.withdrawn_at);
        Self {
            object: ConsentTag::ImpersonationConsent,
            given_at: record.map(|record| milliseconds(record.given_at)),
            until: record.map(|record| milliseconds(record.until)),
            withdrawn_at: withdrawn_at.map(milliseconds),
        }
    }
}

impl WithdrawalObject {
    pub(super) fn new(recorded: bool) -> Self {
        Self {
            object: WithdrawalTag::ImpersonationConsentWithdrawal,
            recorded,
        }
    }
}

fn milliseconds(seconds: i64) -> i64 {
    seconds.saturating_mul(1000)
}
