use actas_store::{Arg, Connection};

use super::append;
use super::close::OVER_AFTER;
use super::lock;
use super::notice;
use super::revocation::concerns;
use super::seal::{Broken, Keys};
use super::session::{IDLE, REVOKED};
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

/// Ends some of the sessions that were revoked or left idle, within a transaction. Those that are over are not looked at.
///
/// Those up to the id `after` are not looked at either: it is moved past the sessions that can never be ended.
pub(super) async fn some(
    connection: &mut Connection,
    keys: &Keys,
    now: Timestamp,
    after: &mut String,
) -> Result<Ended, sqlx::Error> {
    const SELECT: &str = concat!(
        "SELECT id, revoked FROM (
            SELECT id, last_active_at, idle_limit,
                CAST(CASE WHEN EXISTS (SELECT 1 FROM revocations r WHERE r.n > s.revocation AND ",
        concerns!(),
        ") THEN 1 ELSE 0 END AS BIGINT) AS revoked
            FROM sessions s WHERE closed_seq < seq AND ended_at IS NULL AND expire_at >= $1
        ) o
        WHERE (revoked = 1 OR last_active_at + idle_limit < $1) AND id > $2
        ORDER BY id LIMIT $3"
    );
    // A request of before may wait to be recorded.
    let over = now.milliseconds().saturating_sub(OVER_AFTER);
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let args = [Arg::Int(over), Arg::Verbatim(after), Arg::Int(limit)];
    let rows = connection.fetch(SELECT, &args).await?;
    let mut is_broken = false;
    let mut ended = Ended {
        sessions: Vec::with_capacity(rows.len()),
        may_be_more: rows.len() == BATCH,
    };
    // In this order all lock sessions.
    for row in &rows {
        let Ok(id) = row.verbatim(0)?.parse() else {
            is_broken = true;
            continue;
        };
        // It may have ended or gone on in the meantime. A revocation stays. One that another has written is left.
        let mut state = match lock::known(connection, keys, id).await? {
            Ok(Some(state)) => state,
            Ok(None) => continue,
            Err(Broken) => {
                is_broken = true;
                continue;
            }
        };
        let is_revoked = row.int(1)? == 1;
        if state.ended_at.is_some() || !(is_revoked || state.is_idle(over)) {
            continue;
        }
        let reason = if is_revoked { REVOKED } else { IDLE };
        append::end(connection, &mut state, now, reason).await?;
        state.save(connection, keys).await?;
        ended.sessions.push((id, state.expire_at));
    }
    if is_broken && let Some(last) = rows.last() {
        *after = last.verbatim(0)?;
    }
    if !ended.sessions.is_empty() {
        notice::tell(connection).await?;
    }
    Ok(ended)
}
