use actas_store::{Arg, Connection, Row};

use super::seal::{Keys, Sealed};
use super::sighting::{Sighting, milliseconds};
use crate::event::{EventKind, RecordedActor, RecordedDecision, SessionStarted};
use crate::hash::Hash;
use crate::head::Head;
use crate::id::SessionId;
use crate::time::Timestamp;

/// A session's row, locked by the transaction that has it, and as a record wrote it.
pub(super) struct State {
    pub(super) id: SessionId,
    pub(super) head: Option<Head>,
    /// When the last event happened, and the session was first seen before it has any.
    pub(super) head_at: i64,
    /// The first event and its time, where this transaction wrote it.
    pub(super) first: Option<(Head, Timestamp)>,
    /// The last head that a link vouches for.
    pub(super) linked: Option<Head>,
    pub(super) closed_seq: u64,
    pub(super) actor: (String, String, String, String),
    pub(super) last_active_at: i64,
    pub(super) expire_at: i64,
    pub(super) ended_at: Option<i64>,
    /// This transaction ends it.
    pub(super) ends: bool,
    pub(super) end_reason: Option<String>,
    pub(super) requests: i64,
    pub(super) refusals: i64,
    pub(super) writes: i64,
    /// After how long without a request it ends, in milliseconds.
    pub(super) idle_limit: Option<i64>,
    /// The last revocation that it was held against, and the last that there is.
    pub(super) revocation: u64,
    pub(super) last_revocation: u64,
}

/// What [`State::read`] reads, and the seal.
macro_rules! columns {
    () => {
        "seq, head, linked_seq, linked_head, closed_seq, actor_issuer, actor_token_issuer, actor_subject, actor_kind,
            last_active_at, expire_at, ended_at, end_reason, requests, refusals, writes, head_at, idle_limit, revocation,
            (SELECT COALESCE(MAX(n), 0) FROM revocations), seal, seal_key"
    };
}
pub(super) use columns;

impl State {
    /// A session that begins with its first event.
    pub(super) fn new(id: SessionId, started: &SessionStarted, at: Timestamp) -> Self {
        let actor = &started.actor;
        Self {
            id,
            head: None,
            head_at: at.milliseconds(),
            first: None,
            linked: None,
            closed_seq: 0,
            actor: (
                actor.issuer.clone(),
                actor.token_issuer.clone(),
                actor.subject.clone(),
                actor.kind.name().to_owned(),
            ),
            last_active_at: at.milliseconds(),
            expire_at: started.expires_at.milliseconds(),
            ended_at: None,
            end_reason: None,
            ends: false,
            requests: 0,
            refusals: 0,
            writes: 0,
            idle_limit: started.idle_limit.map(milliseconds),
            revocation: 0,
            last_revocation: 0,
        }
    }

    /// All that a later transaction goes by.
    pub(super) fn sealed(&self) -> Sealed {
        let mut sealed = Sealed::default();
        sealed.text(&self.id.to_string());
        sealed.head(self.head.as_ref());
        sealed.int(self.head_at);
        sealed.head(self.linked.as_ref());
        sealed.int(number(self.closed_seq));
        let (issuer, token_issuer, subject, kind) = &self.actor;
        for text in [issuer, token_issuer, subject, kind] {
            sealed.text(text);
        }
        sealed.int(self.last_active_at);
        sealed.int(self.expire_at);
        sealed.optional_int(self.ended_at);
        sealed.optional_text(self.end_reason.as_deref());
        for count in [self.requests, self.refusals, self.writes] {
            sealed.int(count);
        }
        sealed.optional_int(self.idle_limit);
        sealed.int(number(self.revocation));
        sealed
    }

    pub(super) fn read(id: SessionId, row: &Row) -> Result<Self, sqlx::Error> {
        let head = |seq: u64, hash: Option<[u8; 32]>| {
            let hash = hash.map(Hash::from_bytes);
            hash.map(|hash| Head { seq, hash })
        };
        Ok(Self {
            id,
            head: head(row.count(0)?, row.optional_array(1)?),
            head_at: row.int(16)?,
            first: None,
            linked: head(row.count(2)?, row.optional_array(3)?),
            closed_seq: row.count(4)?,
            actor: (row.text(5)?, row.text(6)?, row.text(7)?, row.text(8)?),
            last_active_at: row.int(9)?,
            expire_at: row.int(10)?,
            ended_at: row.optional_int(11)?,
            ends: false,
            end_reason: row.optional_text(12)?,
            requests: row.int(13)?,
            refusals: row.int(14)?,
            writes: row.int(15)?,
            idle_limit: row.optional_int(17)?,
            revocation: row.count(18)?,
            last_revocation: row.count(19)?,
        })
    }

    /// When the next event happens. None happens before the one that it follows, though clocks may say so that were put back
    /// or are another machine's.
    pub(super) fn next_at(&self, at: Timestamp) -> Timestamp {
        at.max(Timestamp::from_milliseconds(self.head_at))
    }

    /// Whether a link has closed it, over all its events.
    pub(super) fn is_closed(&self) -> bool {
        self.linked == self.head && self.head.is_some_and(|head| head.seq == self.closed_seq)
    }

    /// Whether the session started with this actor.
    pub(super) fn is_of(&self, actor: &RecordedActor) -> bool {
        let (issuer, token_issuer, subject, kind) = &self.actor;
        *issuer == actor.issuer
            && *token_issuer == actor.token_issuer
            && *subject == actor.subject
            && kind == actor.kind.name()
    }

    /// Whether it was left idle for too long at this time, in milliseconds.
    pub(super) fn is_idle(&self, at: i64) -> bool {
        let ends_at = |limit| self.last_active_at.saturating_add(limit);
        self.idle_limit.is_some_and(|limit| ends_at(limit) < at)
    }

    pub(super) fn is_seen_until(&mut self, expires_at: Timestamp) {
        self.expire_at = self.expire_at.max(expires_at.milliseconds());
    }

    /// Counts an event that was appended.
    pub(super) fn count(&mut self, head: Head, at: Timestamp, kind: &EventKind) {
        (self.head, self.head_at) = (Some(head), at.milliseconds());
        if head.seq == 1 {
            self.first = Some((head, at));
        }
        match kind {
            EventKind::Request(_) => {
                self.requests = self.requests.saturating_add(1);
                self.last_active_at = self.last_active_at.max(at.milliseconds());
            }
            EventKind::Outcome(outcome) => {
                let denied = outcome.decision == RecordedDecision::Denied;
                self.refusals = self.refusals.saturating_add(i64::from(denied));
            }
            EventKind::RefusedToken(refused) => {
                self.refusals = self.refusals.saturating_add(i64::from(refused.count));
            }
            EventKind::SessionEnded(ended) => {
                self.ended_at = Some(at.milliseconds());
                self.ends = true;
                self.end_reason = Some(ended.reason.clone());
            }
            EventKind::SessionStarted(_) | EventKind::Action(_) => (),
        }
    }

    /// Writes the row.
    pub(super) async fn save(
        &self,
        connection: &mut Connection,
        keys: &Keys,
    ) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE sessions SET seq = $2, head = $3, linked_seq = $4, linked_head = $5,
                closed_seq = $6, last_active_at = $7, expire_at = $8, ended_at = $9, end_reason = $10,
                requests = $11, refusals = $12, writes = $13, head_at = $14, revocation = $15, seal = $16, seal_key = $17
            WHERE id = $1";
        let seq = |head: Option<Head>| Arg::Int(number(head.map_or(0, |head| head.seq)));
        let updated = connection
            .execute(
                UPDATE,
                &[
                    Arg::Verbatim(&self.id.to_string()),
                    seq(self.head),
                    hash(self.head.as_ref()),
                    seq(self.linked),
                    hash(self.linked.as_ref()),
                    Arg::Int(number(self.closed_seq)),
                    Arg::Int(self.last_active_at),
                    Arg::Int(self.expire_at),
                    Arg::OptionalInt(self.ended_at),
                    Arg::OptionalText(self.end_reason.as_deref()),
                    Arg::Int(self.requests),
                    Arg::Int(self.refusals),
                    Arg::Int(self.writes),
                    Arg::Int(self.head_at),
                    Arg::Int(number(self.revocation)),
                    Arg::Bytes(keys.seal(&self.sealed()).as_ref()),
                    Arg::Verbatim(&keys.seal_key().to_string()),
                ],
            )
            .await?;
        only_one(updated)
    }
}

fn hash(head: Option<&Head>) -> Arg<'_> {
    Arg::OptionalBytes(head.map(|head| head.hash.as_bytes().as_slice()))
}

/// A trigger or a rule that another has made could drop what is to be written, and say nothing.
pub(super) const fn only_one(written: u64) -> Result<(), sqlx::Error> {
    match written {
        1 => Ok(()),
        _ => Err(sqlx::Error::RowNotFound),
    }
}

/// A count as the databases hold it.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Makes the row of a session that was seen, and tells whether there was none.
pub(super) async fn insert(
    connection: &mut Connection,
    keys: &Keys,
    sighting: &Sighting,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    const INSERT: &str = "INSERT INTO sessions (id, issuer, session_key, session_id, user_id, actor_issuer,
            actor_token_issuer, actor_subject, actor_kind, actor, organization_id, reason, ticket, authorized_party,
            created_at, last_active_at, expire_at, requests, refusals, writes, seq, linked_seq, closed_seq,
            head_at, idle_limit, revocation, seal, seal_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, 0, 0, 0, 0, 0, 0, $15, $17, 0, $18, $19)
        ON CONFLICT (id) DO NOTHING";
    let started = &sighting.started;
    let seal = keys.seal(&State::new(sighting.session, started, at).sealed());
    let inserted = connection
        .execute(
            INSERT,
            &[
                Arg::Verbatim(&sighting.session.to_string()),
                Arg::Text(&started.issuer),
                Arg::Text(&started.session_key),
                Arg::OptionalText(started.session_id.as_deref()),
                Arg::Text(&started.user_id),
                Arg::Text(&started.actor.issuer),
                Arg::Text(&started.actor.token_issuer),
                Arg::Text(&started.actor.subject),
                Arg::Text(started.actor.kind.name()),
                Arg::Text(&sighting.act),
                Arg::OptionalText(started.organization_id.as_deref()),
                Arg::OptionalText(started.reason.as_deref()),
                Arg::OptionalText(started.ticket.as_deref()),
                Arg::OptionalText(started.authorized_party.as_deref()),
                Arg::Int(at.milliseconds()),
                Arg::Int(started.expires_at.milliseconds()),
                Arg::OptionalInt(sighting.idle_limit()),
                Arg::Bytes(seal.as_ref()),
                Arg::Verbatim(&keys.seal_key().to_string()),
            ],
        )
        .await?;
    Ok(inserted == 1)
}
