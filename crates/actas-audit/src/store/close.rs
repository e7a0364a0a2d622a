use actas_store::{Arg, Connection};

use super::ledger::Ledger;
use super::lock;
use super::seal::{Broken, Keys};
use super::state::State;
use crate::id::SessionId;
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

/// When a session's last token expires, and its id: the order in which they are closed.
pub(super) type Place = (i64, String);

/// Closes some of the sessions that have ended or are over, within a transaction, and tells whether there may be more.
///
/// Those up to the place `after` are not looked at: it is moved past the sessions that can never be closed.
pub(super) async fn some(
    connection: &mut Connection,
    keys: &Keys,
    now: Timestamp,
    after: &mut Option<Place>,
) -> Result<bool, sqlx::Error> {
    let over = now.milliseconds().saturating_sub(OVER_AFTER);
    let select = "SELECT expire_at, id FROM sessions s
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
            AND (expire_at > $4 OR (expire_at = $4 AND id > $5))
        ORDER BY expire_at, id LIMIT $6";
    let ago = |time| Arg::Int(now.milliseconds().saturating_sub(time));
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let (expire_at, id) = after
        .as_ref()
        .map_or((i64::MIN, ""), |(at, id)| (*at, id.as_str()));
    let args = [
        Arg::Int(over),
        ago(QUIET),
        ago(UNSIGNED),
        Arg::Int(expire_at),
        Arg::Verbatim(id),
        Arg::Int(limit),
    ];
    let mut places: Vec<Place> = Vec::new();
    for row in connection.fetch(select, &args).await? {
        places.push((row.int(0)?, row.verbatim(1)?));
    }

    let mut ids: Vec<SessionId> = places
        .iter()
        .filter_map(|(_, id)| id.parse().ok())
        .collect();
    let mut is_broken = ids.len() < places.len();
    if is_broken {
        tracing::error!("the row of a session has no session's id: it is never closed");
    }
    // They are read in the order of the index that has only sessions to close, and locked in the order that all lock in.
    ids.sort_unstable();

    let mut states = Vec::with_capacity(ids.len());
    for id in ids {
        // Another process may have closed it in the meantime, or it goes on.
        match lock::known(connection, keys, id).await? {
            Ok(state) => states.extend(state.filter(|state| is_due(state, over))),
            Err(Broken) => is_broken = true,
        }
    }
    let is_full = places.len() == BATCH;
    if is_broken {
        *after = places.pop();
    }
    if states.is_empty() {
        return Ok(is_full && is_broken);
    }
    let mut ledger = Ledger::lock(connection).await?;
    for mut state in states {
        let Some(head) = state.head else {
            continue;
        };
        let heads = (state.linked, head);
        ledger
            .append(
                connection,
                &keys.signing,
                now,
                LinkKind::Closed,
                state.id,
                heads,
            )
            .await?;
        state.linked = Some(head);
        state.closed_seq = head.seq;
        state.save(connection, keys).await?;
    }
    Ok(is_full)
}

fn is_due(state: &State, over: i64) -> bool {
    let is_over = state.ended_at.is_some() || state.expire_at < over;
    is_over && state.head.is_some_and(|head| state.closed_seq < head.seq)
}
