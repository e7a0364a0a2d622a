use actas_store::{Arg, Connection, Row};

use super::sighting::Sighting;
use crate::event::{EventKind, RecordedActor, RecordedDecision};
use crate::hash::Hash;
use crate::head::Head;
use crate::id::SessionId;
use crate::time::Timestamp;

/// A session's row, locked by the transaction that has it.
pub(super) struct State {
    pub(super) id: SessionId,
    pub(super) head: Option<Head>,
    /// The first event and its time, where this transaction wrote it.
    pub(super) first: Option<(Head, Timestamp)>,
    /// The last head that a link vouches for.
    pub(super) linked: Option<Head>,
    pub(super) closed_seq: u64,
    actor: (String, String, String, String),
    last_active_at: i64,
    pub(super) expire_at: i64,
    pub(super) ended_at: Option<i64>,
    /// This transaction ends it.
    pub(super) ends: bool,
    end_reason: Option<String>,
    requests: i64,
    refusals: i64,
    pub(super) writes: i64,
    idle_limit: Option<i64>,
    /// The last revocation that it was held against, and the last that there is.
    pub(super) revocation: u64,
    pub(super) last_revocation: u64,
}

macro_rules! select {
    ($lock:literal) => {
        concat!(
            "SELECT seq, head, linked_seq, linked_head, closed_seq, actor_issuer, actor_token_issuer, actor_subject,
                actor_kind, last_active_at, expire_at, ended_at, end_reason, requests, refusals, writes,
                idle_limit, revocation, (SELECT COALESCE(MAX(n), 0) FROM revocations)
            FROM sessions WHERE id = $1",
            $lock
        )
    };
}

impl State {
    /// Locks the row of a session, if there is one.
    pub(super) async fn lock(
        connection: &mut Connection,
        id: SessionId,
    ) -> Result<Option<Self>, sqlx::Error> {
        let select = if connection.locks_rows() {
            select!(" FOR UPDATE")
        } else {
            select!("")
        };
        let key = id.to_string();
        let row = connection
            .fetch_optional(select, &[Arg::Verbatim(&key)])
            .await?;
        row.map(|row| Self::read(id, &row)).transpose()
    }

    /// Locks the row of a session that was seen, and makes it first where there is none.
    pub(super) async fn lock_or_insert(
        connection: &mut Connection,
        sighting: &Sighting,
        at: Timestamp,
    ) -> Result<Self, sqlx::Error> {
        if let Some(state) = Self::lock(connection, sighting.session).await? {
            return Ok(state);
        }
        insert(connection, sighting, at).await?;
        // The row is another's where two began the session at once.
        let state = Self::lock(connection, sighting.session).await?;
        state.ok_or(sqlx::Error::RowNotFound)
    }

    fn read(id: SessionId, row: &Row) -> Result<Self, sqlx::Error> {
        let head = |seq: u64, hash: Option<[u8; 32]>| {
            let hash = hash.map(Hash::from_bytes);
            hash.map(|hash| Head { seq, hash })
        };
        Ok(Self {
            id,
            head: head(row.count(0)?, row.optional_array(1)?),
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
            idle_limit: row.optional_int(16)?,
            revocation: row.count(17)?,
            last_revocation: row.count(18)?,
        })
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
        self.head = Some(head);
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
    pub(super) async fn save(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE sessions SET seq = $2, head = $3, linked_seq = $4, linked_head = $5,
                closed_seq = $6, last_active_at = $7, expire_at = $8, ended_at = $9, end_reason = $10,
                requests = $11, refusals = $12, writes = $13, revocation = $14
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
                    Arg::Int(number(self.revocation)),
                ],
            )
            .await?;
        if updated == 1 {
            Ok(())
        } else {
            Err(sqlx::Error::RowNotFound)
        }
    }
}

fn hash(head: Option<&Head>) -> Arg<'_> {
    Arg::OptionalBytes(head.map(|head| head.hash.as_bytes().as_slice()))
}

/// A count as the databases hold it.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn insert(
    connection: &mut Connection,
    sighting: &Sighting,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO sessions (id, issuer, session_key, session_id, user_id, actor_issuer,
            actor_token_issuer, actor_subject, actor_kind, actor, organization_id, reason, ticket, authorized_party,
            created_at, last_active_at, expire_at, requests, refusals, writes, seq, linked_seq, closed_seq,
            idle_limit, revocation)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, 0, 0, 0, 0, 0, 0, $17, 0)
        ON CONFLICT (id) DO NOTHING";
    let started = &sighting.started;
    connection
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
            ],
        )
        .await?;
    Ok(())
}
