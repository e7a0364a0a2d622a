//! What is answered, as JSON. Names are those of Clerk's session object where the two overlap.

use std::collections::BTreeMap;

use actas_audit::{Page, Session, SessionId, SessionStatus, StoredEvent, Timestamp};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

/// An impersonated session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionObject {
    #[schema(inline)]
    object: SessionTag,
    /// What the session is known by here, the same on every node.
    #[schema(
        pattern = "^imp_[0-9a-f]{32}$",
        example = "imp_bd4c941f37460fb88008b5056a362c27"
    )]
    id: String,
    /// Whom the actor acts as.
    user_id: String,
    /// Who acts: the claim `act` as it came.
    #[schema(value_type = Object, example = json!({ "sub": "user_ada", "iss": "https://dashboard.clerk.com" }))]
    actor: Box<RawValue>,
    /// The actor's issuer: that of the claim `act`, or else that of the token.
    actor_issuer: String,
    /// The actor's subject.
    actor_subject: String,
    /// `human`, `agent` or `other`.
    actor_kind: String,
    status: Status,
    /// When the last request began, in milliseconds since the Unix epoch.
    #[schema(example = 1_795_590_000_000_i64)]
    last_active_at: i64,
    /// When the last of its tokens expires, in milliseconds since the Unix epoch.
    expire_at: i64,
    /// When it was first seen, in milliseconds since the Unix epoch.
    created_at: i64,
    /// When it was ended, unless it ran out, in milliseconds since the Unix epoch.
    #[schema(required)]
    ended_at: Option<i64>,
    /// Why it was ended: `stopped`, `revoked`, `signed_out`, `idle`, or another word.
    #[schema(required)]
    end_reason: Option<String>,
    /// Who issued the session's tokens.
    issuer: String,
    /// `sid`: what the issuer knows the session by.
    #[schema(required)]
    session_id: Option<String>,
    /// The organisation that was active when the session was first seen.
    #[schema(required)]
    organization_id: Option<String>,
    /// `azp`: to whom the token was issued.
    #[schema(required)]
    authorized_party: Option<String>,
    /// Why the actor acts.
    #[schema(required)]
    reason: Option<String>,
    /// The ticket that the reason refers to.
    #[schema(required)]
    ticket: Option<String>,
    /// How many requests there were.
    requests: u64,
    /// How many of them a rule denied, and how many tokens were refused.
    refusals: u64,
    /// How many of them had another method than `GET`, `HEAD` and `OPTIONS`, or asked for an upgrade (WebSocket).
    writes: u64,
    /// How many events there are.
    events: u64,
}

/// A page of sessions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionPage {
    data: Vec<SessionObject>,
    /// What to ask for the next page with, or null where this is the last.
    #[schema(required)]
    next_cursor: Option<String>,
    /// How many sessions are left out of the page, because somebody else wrote to the database what cannot be read.
    unreadable: usize,
}

/// Somebody acted as the caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Impersonation)]
pub(crate) struct ImpersonationObject {
    #[schema(inline)]
    object: ImpersonationTag,
    /// What the session is known by.
    #[schema(pattern = "^imp_[0-9a-f]{32}$")]
    id: String,
    /// Who acted.
    actor: Who,
    /// Why, where it was said.
    #[schema(required)]
    reason: Option<String>,
    status: Status,
    /// When it was first seen, in milliseconds since the Unix epoch.
    created_at: i64,
    /// When its last request began, in milliseconds since the Unix epoch.
    last_active_at: i64,
    /// When the last of its tokens expires, in milliseconds since the Unix epoch.
    expire_at: i64,
    /// When it was ended, unless it ran out, in milliseconds since the Unix epoch.
    #[schema(required)]
    ended_at: Option<i64>,
    /// How many requests there were.
    requests: u64,
}

/// An actor, in the names of the claim `act`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Who {
    /// The actor's issuer.
    iss: String,
    /// The actor's subject.
    sub: String,
    /// `human`, `agent` or `other`.
    kind: String,
}

/// A page of the caller's impersonations, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImpersonationPage {
    data: Vec<ImpersonationObject>,
    /// What to ask for the next page with, or null where this is the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Always `session`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SessionTag {
    Session,
}

/// Always `impersonation`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ImpersonationTag {
    Impersonation,
}

/// What a session is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Expired,
    Ended,
    Revoked,
}

/// Something that happened in a session, as the record has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventObject {
    #[schema(inline)]
    object: EventTag,
    /// The session.
    #[schema(pattern = "^imp_[0-9a-f]{32}$")]
    session: String,
    /// Its number within the session.
    #[schema(minimum = 1)]
    seq: u64,
    /// SHA-256 over the event, as it is stored.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    hash: String,
    /// `session_started`, `request`, `outcome`, `refused_token`, `action` or `session_ended`; `unreadable` where what is stored
    /// is no event any more.
    kind: String,
    /// The members of its kind, and `at`, `id` and `prev`: when, its id, and the hash of the event before.
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

/// Events of a session, in the order in which they happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    data: Vec<EventObject>,
    /// What to ask for those that follow with, as `after`; null where the page is not full.
    #[schema(required)]
    next_after: Option<u64>,
}

/// Always `event`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EventTag {
    Event,
}

impl From<Session> for SessionObject {
    fn from(session: Session) -> Self {
        Self {
            object: SessionTag::Session,
            id: session.id.to_string(),
            actor: actor(&session),
            actor_issuer: session.actor_issuer,
            actor_subject: session.actor_subject,
            actor_kind: session.actor_kind,
            user_id: session.user_id,
            status: session.status.into(),
            last_active_at: session.last_active_at.milliseconds(),
            expire_at: session.expire_at.milliseconds(),
            created_at: session.created_at.milliseconds(),
            ended_at: session.ended_at.map(Timestamp::milliseconds),
            end_reason: session.end_reason,
            issuer: session.issuer,
            session_id: session.session_id,
            organization_id: session.organization_id,
            authorized_party: session.authorized_party,
            reason: session.reason,
            ticket: session.ticket,
            requests: session.requests,
            refusals: session.refusals,
            writes: session.writes,
            events: session.events,
        }
    }
}

/// The claim as it came, or what else is known of the actor.
fn actor(session: &Session) -> Box<RawValue> {
    RawValue::from_string(session.actor.clone())
        .or_else(|_| {
            let who = [
                ("iss", &session.actor_issuer),
                ("sub", &session.actor_subject),
            ];
            to_raw_value(&BTreeMap::from(who))
        })
        .unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl From<Session> for ImpersonationObject {
    fn from(session: Session) -> Self {
        Self {
            object: ImpersonationTag::Impersonation,
            id: session.id.to_string(),
            actor: Who {
                iss: session.actor_issuer,
                sub: session.actor_subject,
                kind: session.actor_kind,
            },
            reason: session.reason,
            status: session.status.into(),
            created_at: session.created_at.milliseconds(),
            last_active_at: session.last_active_at.milliseconds(),
            expire_at: session.expire_at.milliseconds(),
            ended_at: session.ended_at.map(Timestamp::milliseconds),
            requests: session.requests,
        }
    }
}

impl From<SessionStatus> for Status {
    fn from(status: SessionStatus) -> Self {
        match status {
            SessionStatus::Expired => Self::Expired,
            SessionStatus::Ended => Self::Ended,
            SessionStatus::Revoked => Self::Revoked,
            _ => Self::Active,
        }
    }
}

impl From<Page<Session>> for SessionPage {
    fn from(page: Page<Session>) -> Self {
        Self {
            data: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next,
            unreadable: page.unreadable,
        }
    }
}

impl From<Page<Session>> for ImpersonationPage {
    fn from(page: Page<Session>) -> Self {
        Self {
            data: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next,
        }
    }
}

impl EventPage {
    /// `limit` is how many were asked for.
    pub(crate) fn new(session: SessionId, events: Vec<StoredEvent>, limit: u32) -> Self {
        let is_full = u32::try_from(events.len()).is_ok_and(|events| events >= limit);
        let last = events.last().map(|event| event.seq);
        Self {
            data: events
                .into_iter()
                .map(|event| EventObject::new(session, &event))
                .collect(),
            next_after: last.filter(|_| is_full),
        }
    }
}

impl EventObject {
    fn new(session: SessionId, stored: &StoredEvent) -> Self {
        let event = stored.event().ok();
        let kind = event
            .as_ref()
            .map_or("unreadable", |event| event.kind.name());
        let members = event.and_then(|event| serde_json::to_value(event).ok());
        let mut more = match members {
            Some(Value::Object(members)) => members.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        for said in ["session", "seq", "kind"] {
            more.remove(said);
        }
        Self {
            object: EventTag::Event,
            session: session.to_string(),
            seq: stored.seq,
            hash: stored.hash.to_string(),
            kind: kind.to_owned(),
            more,
        }
    }
}
