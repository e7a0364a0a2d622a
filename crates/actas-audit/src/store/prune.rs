use actas_store::{Arg, Connection, StoreError};

use super::ledger::Ledger;
use super::lock;
use super::log::AuditLog;
use super::seal::Broken;
use super::state::{State, number};
use crate::id::SessionId;
use crate::key::SigningKey;
use crate::link::LinkKind;
use crate::time::Timestamp;

/// Sessions that are removed in one transaction.
const BATCH: i64 = 16;

/// When a session was first seen, and its id: the order in which they are removed.
type Place = (i64, String);

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// Sessions.
    pub sessions: u64,
    /// Their events.
    pub events: u64,
    /// Sessions that were left: their row was not written by this record, or is sealed by a key that it was not given
    /// ([`add_previous_key`](crate::AuditLogBuilder::add_previous_key)). The log tells which.
    pub left: u64,
}

impl AuditLog {
    /// Removes whole sessions that are closed, and were over before this time, the oldest first.
    ///
    /// Of each, a signed link of the ledger keeps the head and the count of events, so that the rest can still be verified, and
    /// that something was removed is itself recorded. Nothing calls this by itself.
    ///
    /// One that has ended stays for as long as [a session may last](crate::AuditLogBuilder::with_longest_session) afterwards:
    /// a token of it that comes until then is refused by its row.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails. What was removed until then stays removed.
    pub async fn prune(&self, before: Timestamp) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        let mut after = None;
        loop {
            let some = self.prune_some(before, after.as_ref()).await;
            let (some, last) = some.map_err(|error| StoreError::of(&error))?;
            pruned.sessions = pruned.sessions.saturating_add(some.sessions);
            pruned.events = pruned.events.saturating_add(some.events);
            pruned.left = pruned.left.saturating_add(some.left);
            if last.is_none() {
                return Ok(pruned);
            }
            after = last;
        }
    }

    /// Removes some that come after that place, and tells the place of the last that was looked at.
    async fn prune_some(
        &self,
        before: Timestamp,
        after: Option<&Place>,
    ) -> Result<(Pruned, Option<Place>), sqlx::Error> {
        const SELECT: &str = "SELECT created_at, id FROM sessions
            WHERE seq > 0 AND closed_seq = seq AND expire_at < $1 AND last_active_at < $1
                AND (ended_at IS NULL OR ended_at < $5)
                AND (created_at > $2 OR (created_at = $2 AND id > $3))
            ORDER BY created_at, id LIMIT $4";
        let now = self.inner.queue.time.now().unwrap_or(before);
        // Until then its issuer may give further tokens of it, and nothing else would say that it has ended.
        let is_past = now.milliseconds().saturating_sub(self.inner.longest);
        let mut connection = self.inner.database.writer().await?;
        connection.begin().await?;
        let (created_at, id) = after.map_or((i64::MIN, ""), |(at, id)| (*at, id.as_str()));
        let args = [
            Arg::Int(before.milliseconds()),
            Arg::Int(created_at),
            Arg::Verbatim(id),
            Arg::Int(BATCH),
            Arg::Int(before.milliseconds().min(is_past)),
        ];
        let mut places: Vec<Place> = Vec::new();
        for row in connection.fetch(SELECT, &args).await? {
            places.push((row.int(0)?, row.verbatim(1)?));
        }
        let last = places.last().cloned();
        // In this order all lock sessions.
        places.sort_by(|(_, one), (_, other)| one.cmp(other));
        let (mut pruned, mut states) = (Pruned::default(), Vec::with_capacity(places.len()));
        for (_, id) in &places {
            let locked = match id.parse::<SessionId>() {
                Ok(id) => lock::known(&mut connection, &self.inner.keys, id).await?,
                Err(error) => {
                    tracing::error!(%error, "the row of a session has another id: it is not removed");
                    Err(Broken)
                }
            };
            match locked {
                // It may have gone on in the meantime.
                Ok(state) => states.extend(state.filter(State::is_closed)),
                Err(Broken) => pruned.left = pruned.left.saturating_add(1),
            }
        }
        if !states.is_empty() {
            let mut ledger = Ledger::lock(&mut connection).await?;
            for state in &states {
                let key = &self.inner.keys.signing;
                let events = remove(&mut connection, &mut ledger, key, now, state).await?;
                pruned.sessions = pruned.sessions.saturating_add(1);
                pruned.events = pruned.events.saturating_add(events);
            }
        }
        connection.commit().await?;
        Ok((pruned, last))
    }
}

async fn remove(
    connection: &mut Connection,
    ledger: &mut Ledger,
    key: &SigningKey,
    now: Timestamp,
    state: &State,
) -> Result<u64, sqlx::Error> {
    const RECORD: &str =
        "INSERT INTO pruned_sessions (link, session, seq, head) VALUES ($1, $2, $3, $4)";
    let Some(head) = state.head else {
        return Ok(0);
    };
    let heads = (None, head);
    let link = ledger
        .append(connection, key, now, LinkKind::Pruned, state.id, heads)
        .await?;
    let id = state.id.to_string();
    let args = [
        Arg::Int(number(link)),
        Arg::Verbatim(&id),
        Arg::Int(number(head.seq)),
        Arg::Bytes(head.hash.as_bytes()),
    ];
    connection.execute(RECORD, &args).await?;
    let args = [Arg::Verbatim(&id)];
    let events = connection
        .execute("DELETE FROM events WHERE session = $1", &args)
        .await?;
    connection
        .execute("DELETE FROM sessions WHERE id = $1", &args)
        .await?;
    Ok(events)
}
