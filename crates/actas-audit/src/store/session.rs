use actas_store::Row;

use crate::id::SessionId;
use crate::time::Timestamp;

/// An impersonated session, summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// What it is known by: opaque, and the same on every node.
    pub id: SessionId,
    /// Who issued the session's tokens.
    pub issuer: String,
    /// What the issuer knows it by: the text form of core's `SessionKey`.
    pub session_key: String,
    /// `sid`.
    pub session_id: Option<String>,
    /// Whom the actor acts as.
    pub user_id: String,
    /// `iss` of the actor.
    pub actor_issuer: String,
    /// `iss` of the token that names the actor.
    pub actor_token_issuer: String,
    /// `sub` of the actor.
    pub actor_subject: String,
    /// `human`, `agent` or `other`.
    pub actor_kind: String,
    /// The claim `act`, as it came: a JSON object.
    pub actor: String,
    /// The organisation that was active when the session was first seen.
    pub organization_id: Option<String>,
    /// Why the actor acts, where the token says so.
    pub reason: Option<String>,
    /// The ticket that the reason refers to.
    pub ticket: Option<String>,
    /// `azp`.
    pub authorized_party: Option<String>,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When its last request began.
    pub last_active_at: Timestamp,
    /// When the last of its tokens expires.
    pub expire_at: Timestamp,
    /// After how many seconds without a request it ends, where it does.
    pub idle_limit: Option<u64>,
    /// When it ended, unless by running out.
    pub ended_at: Option<Timestamp>,
    /// Why it ended: `stopped`, `revoked`, `signed_out`, `idle`, or another word.
    pub end_reason: Option<String>,
    /// What it is at the time it is read.
    pub status: SessionStatus,
    /// Requests.
    pub requests: u64,
    /// Requests that a rule denied, and tokens that were refused.
    pub refusals: u64,
    /// Requests with another method than `GET`, `HEAD` and `OPTIONS`, and upgrades (WebSocket).
    pub writes: u64,
    /// Events.
    pub events: u64,
}

/// What an impersonated session is at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionStatus {
    /// Its last token still holds.
    Active,
    /// It was stopped, or its user signed out.
    Ended,
    /// It was revoked.
    Revoked,
    /// Its last token has expired, or it was left idle.
    Expired,
}

impl SessionStatus {
    /// The status' name, as Clerk has it: `active`, `ended`, `revoked`, `expired`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// The reason of an end that is a revocation.
pub(super) const REVOKED: &str = "revoked";

/// The reason of an end that nobody asked for.
pub(super) const IDLE: &str = "idle";

/// The columns that [`Session::read`] and [`place`] read, in their order.
pub(super) const COLUMNS: &str = "id, issuer, session_key, session_id, user_id, actor_issuer, actor_token_issuer,
    actor_subject, actor_kind, actor, organization_id, reason, ticket, authorized_party, created_at, last_active_at,
    expire_at, ended_at, end_reason, requests, refusals, writes, seq, idle_limit";

/// When a session was first seen, in milliseconds, and its id: where it stands in a list.
pub(super) fn place(row: &Row) -> Result<(i64, String), sqlx::Error> {
    Ok((row.int(14)?, row.verbatim(0)?))
}

impl Session {
    pub(super) fn read(row: &Row, now: Timestamp) -> Result<Self, sqlx::Error> {
        let time = |index| row.int(index).map(Timestamp::from_milliseconds);
        let id = row.text(0)?.parse();
        let mut session = Self {
            id: id.map_err(|error| actas_store::decode(0, error))?,
            issuer: row.text(1)?,
            session_key: row.text(2)?,
            session_id: row.optional_text(3)?,
            user_id: row.text(4)?,
            actor_issuer: row.text(5)?,
            actor_token_issuer: row.text(6)?,
            actor_subject: row.text(7)?,
            actor_kind: row.text(8)?,
            actor: row.text(9)?,
            organization_id: row.optional_text(10)?,
            reason: row.optional_text(11)?,
            ticket: row.optional_text(12)?,
            authorized_party: row.optional_text(13)?,
            created_at: time(14)?,
            last_active_at: time(15)?,
            expire_at: time(16)?,
            ended_at: row.optional_int(17)?.map(Timestamp::from_milliseconds),
            end_reason: row.optional_text(18)?,
            status: SessionStatus::Active,
            requests: row.count(19)?,
            refusals: row.count(20)?,
            writes: row.count(21)?,
            events: row.count(22)?,
            idle_limit: None,
        };
        let idle_limit = row.optional_int(23)?;
        let idle_at =
            idle_limit.map(|limit| session.last_active_at.milliseconds().saturating_add(limit));
        let is_idle = idle_at.is_some_and(|at| at < now.milliseconds());
        session.idle_limit =
            idle_limit.and_then(|limit| u64::try_from(limit.div_euclid(1000)).ok());
        session.status = match (session.ended_at, session.end_reason.as_deref()) {
            (Some(_), Some(REVOKED)) => SessionStatus::Revoked,
            (Some(_), Some(IDLE)) => SessionStatus::Expired,
            (Some(_), _) => SessionStatus::Ended,
            (None, _) if session.expire_at < now || is_idle => SessionStatus::Expired,
            (None, _) => SessionStatus::Active,
        };
        Ok(session)
    }
}
