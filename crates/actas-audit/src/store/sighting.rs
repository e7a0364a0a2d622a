use std::time::Duration;

use actas_core::{Actor, ActorKind, Auth};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::{
    Event, EventKind, RecordedActor, RecordedActorKind, RecordedPriorActor, SessionStarted,
};
use crate::id::{EventId, SessionId};
use crate::time::Timestamp;

/// What stands for a reason where nothing says whether there is one.
const UNREADABLE: &str = "[unreadable]";

/// What a request or a refused token shows of its session.
#[derive(Debug)]
pub(super) struct Sighting {
    pub(super) session: SessionId,
    /// As the record holds it: no text is longer than its limit there.
    pub(super) started: SessionStarted,
    /// The claim `act`, as it came.
    pub(super) act: String,
    /// Whether what was asked for changes nothing.
    pub(super) only_reads: bool,
}

impl Sighting {
    /// `None` for a session in which nobody acts.
    ///
    /// `idle_limit` is that of the session, in seconds, where it begins.
    pub(super) fn of(auth: &Auth, idle_limit: Option<u64>) -> Option<Self> {
        let actor = auth.actor.as_ref()?;
        let context = auth.audit_context()?;
        let session = SessionId::of(&(&context).into());
        let said = Said::by(actor);
        let started = SessionStarted {
            issuer: context.issuer,
            session_key: context.session,
            session_id: auth.session_id.as_deref().map(str::to_owned),
            user_id: context.user_id,
            actor: recorded(actor),
            authorized_party: auth.authorized_party.as_deref().map(str::to_owned),
            organization_id: context.organization_id,
            reason: said.reason,
            ticket: said.ticket,
            expires_at: Timestamp::from_seconds(auth.expires_at),
            idle_limit,
        };
        Self::new(
            session,
            started,
            serde_json::to_string(actor).unwrap_or_default(),
        )
    }

    pub(super) fn new(session: SessionId, started: SessionStarted, act: String) -> Option<Self> {
        Some(Self {
            session,
            started: capped(session, started)?,
            act,
            only_reads: true,
        })
    }

    /// After how long without a request the session ends, in milliseconds.
    pub(super) fn idle_limit(&self) -> Option<i64> {
        self.started.idle_limit.map(milliseconds)
    }
}

/// A limit in seconds as the databases hold it.
pub(super) fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1000)
}

/// A limit in whole seconds, from one to 136 years.
pub(super) fn seconds(limit: Duration) -> u64 {
    limit.as_secs().clamp(1, u64::from(u32::MAX))
}

fn capped(session: SessionId, started: SessionStarted) -> Option<SessionStarted> {
    let (at, id) = (started.expires_at, EventId::from_bytes([0; 16]));
    match Event::new(session, None, at, id, EventKind::SessionStarted(started)).kind {
        EventKind::SessionStarted(started) => Some(started),
        _ => None,
    }
}

/// Members of `act` that say why somebody acts.
struct Said {
    reason: Option<String>,
    ticket: Option<String>,
}

impl Said {
    fn by(actor: &Actor) -> Self {
        /// Each as its own text: whatever one holds, the other is read.
        #[derive(Deserialize)]
        struct Members<'a> {
            #[serde(borrow)]
            reason: Option<&'a RawValue>,
            #[serde(borrow)]
            ticket: Option<&'a RawValue>,
        }
        let members: Option<Members<'_>> = actor.claims().ok();
        let unreadable = members.is_none().then(|| UNREADABLE.to_owned());
        let (reason, ticket) = members.map_or((None, None), |said| (said.reason, said.ticket));
        Self {
            reason: reason.map(text).or(unreadable),
            ticket: ticket.map(text),
        }
    }
}

/// A string as it reads, and anything else as the JSON that it is.
fn text(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

fn recorded(actor: &Actor) -> RecordedActor {
    RecordedActor {
        issuer: actor.issuer.to_string(),
        token_issuer: actor.token_issuer.to_string(),
        subject: actor.subject.to_string(),
        kind: kind(actor.kind),
        session_id: actor.session_id.as_deref().map(str::to_owned),
        prior: actor
            .prior()
            .iter()
            .map(|prior| RecordedPriorActor {
                issuer: prior.issuer.to_string(),
                subject: prior.subject.to_string(),
                kind: kind(prior.kind),
            })
            .collect(),
    }
}

fn kind(kind: ActorKind) -> RecordedActorKind {
    match kind {
        ActorKind::Human => RecordedActorKind::Human,
        ActorKind::Agent => RecordedActorKind::Agent,
        _ => RecordedActorKind::Other,
    }
}
