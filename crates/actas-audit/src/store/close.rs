use actas_store::{Arg, Connection};

use super::ledger::Ledger;
use super::state::State;
use crate::id::SessionId;
use crate::key::SigningKey;
use crate::link::LinkKind;
use crate::time::Timestamp;

/// Sessions that are closed in one transaction.
const BATCH: usize = 64;

/// How long after its last token has expired a session is over, in milliseconds: no clock's leeway is longer.
pub(super) const OVER_AFTER: i64 = 5 * 60 * 1000;

/// How long no token of a closed session was refused before it is closed again, in milliseconds: a page left open has one
/// refused each minute, and would have a link each minute.
const QUIET: i64 = 60 * 60 * 1000;

/// How long refused tokens of a closed session are under no link at most, in milliseconds.
const UNSIGNED: i64 = 24 * 60 * 60 * 1000;

/// Closes some of the sessions that have ended or are over, within a transaction, and tells whether there may be more.
pub(super) async fn some(
    connection: &mut Connection,
    key: &SigningKey,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let over = now.milliseconds().saturating_sub(OVER_AFTER);
    let select = "SELECT id FROM sessions s
        WHERE closed_seq < seq AND (ended_at IS NOT NULL OR expire_at < $1)
            AND (
                closed_seq = 0
                OR EXISTS (
                    SELECT 1 FROM events e
                    WHERE e.session = s.id AND e.seq > s.closed_seq AND e.kind <> 'refused_token'
                )
                OR (SELECT e.at FROM events e WHERE e.session = s.id AND e.seq = s.seq) <= $2
                OR (SELECT e.at FROM events e WHERE e.session = s.id AND e.seq = s.closed_seq + 1) <= $3
            )
        ORDER BY expire_at LIMIT $4";
    let ago = |time| Arg::Int(now.milliseconds().saturating_sub(time));
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let rows = connection
        .fetch(
            select,
            &[Arg::Int(over), ago(QUIET), ago(UNSIGNED), Arg::Int(limit)],
        )
        .await?;

    let mut ids: Vec<SessionId> = Vec::with_capacity(rows.len());
    for row in &rows {
        ids.extend(row.text(0)?.parse::<SessionId>());
    }
    // They are read in the order of the index that has only sessions to close, and locked in the order that all lock in.
    ids.sort_unstable();

    let mut states = Vec::with_capacity(ids.len());
    for id in ids {
        // Another process may have closed it in the meantime, or it goes on.
        let state = State::lock(connection, id).await?;
        states.extend(state.filter(|state| is_due(state, over)));
    }
    if states.is_empty() {
        return Ok(false);
    }
    let mut ledger = Ledger::lock(connection).await?;
    for mut state in states {
        let Some(head) = state.head else {
            continue;
        };
        let heads = (state.linked, head);
        ledger
            .append(connection, key, now, LinkKind::Closed, state.id, heads)
            .await?;
        state.linked = Some(head);
        state.closed_seq = head.seq;
        state.save(connection).await?;
    }
    Ok(rows.len() == BATCH)
}

fn is_due(state: &State, over: i64) -> bool {
    let is_over = state.ended_at.is_some() || state.expire_at < over;
    is_over && state.head.is_some_and(|head| state.closed_seq < head.seq)
}
