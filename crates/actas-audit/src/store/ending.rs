use actas_store::{Arg, Connection, decode};

use super::append;
use super::close::OVER_AFTER;
use super::standing;
use super::state::State;
use crate::id::SessionId;
use crate::time::Timestamp;

/// Sessions that are ended in one transaction.
const BATCH: usize = 64;

/// What was ended.
pub(super) struct Ended {
    /// The sessions, each with when the last of its tokens expires, in milliseconds.
    pub(super) sessions: Vec<(SessionId, i64)>,
    pub(super) may_be_more: bool,
}

/// Ends some of the sessions that were left idle, within a transaction.
pub(super) async fn some(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<Ended, sqlx::Error> {
    const SELECT: &str = "SELECT id FROM sessions
        WHERE closed_seq < seq AND ended_at IS NULL AND last_active_at + idle_limit < $1
        ORDER BY id LIMIT $2";
    // A request of before may wait to be recorded.
    let over = now.milliseconds().saturating_sub(OVER_AFTER);
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let rows = connection
        .fetch(SELECT, &[Arg::Int(over), Arg::Int(limit)])
        .await?;
    let mut ended = Ended {
        sessions: Vec::with_capacity(rows.len()),
        may_be_more: rows.len() == BATCH,
    };
    // In this order all lock sessions.
    for row in &rows {
        let id: SessionId = row.verbatim(0)?.parse().map_err(|error| decode(0, error))?;
        // It may have ended or gone on in the meantime.
        let Some(mut state) = State::lock(connection, id).await? else {
            continue;
        };
        if state.ended_at.is_some() {
            continue;
        }
        if let Some(reason) = standing::over(&state, Timestamp::from_milliseconds(over)) {
            append::end(connection, &mut state, now, reason).await?;
            state.save(connection).await?;
            ended.sessions.push((id, state.expire_at));
        }
    }
    Ok(ended)
}
