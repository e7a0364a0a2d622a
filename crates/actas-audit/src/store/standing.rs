use actas_store::Connection;

use super::revocation;
use super::session::{IDLE, REVOKED};
use super::sighting::Sighting;
use super::state::State;
use crate::time::Timestamp;

/// Why a session does not go on with a request at this time, where it does not: the word of its end.
///
/// A session that is in the record is held against each revocation since the last that it was held against: it began before
/// them, whatever the clocks of two hosts say. One that begins with the request may have begun elsewhere before: it is held
/// against those that are no longer ago than `longest`, in milliseconds, and against each of the one session itself.
pub(super) async fn over(
    connection: &mut Connection,
    state: &mut State,
    sighting: &Sighting,
    at: Timestamp,
    longest: i64,
) -> Result<Option<&'static str>, sqlx::Error> {
    let at = at.milliseconds();
    if state.is_idle(at) {
        return Ok(Some(IDLE));
    }
    if state.revocation < state.last_revocation {
        let since = match state.head {
            Some(_) => i64::MIN,
            None => at.saturating_sub(longest),
        };
        if revocation::concern(connection, sighting, state.revocation, since).await? {
            return Ok(Some(REVOKED));
        }
        state.revocation = state.last_revocation;
    }
    Ok(None)
}
