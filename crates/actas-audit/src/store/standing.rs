use super::session::IDLE;
use super::state::State;
use crate::time::Timestamp;

/// Why a session does not go on with a request at this time, where it does not: the word of its end.
pub(super) fn over(state: &State, at: Timestamp) -> Option<&'static str> {
    state.is_idle(at.milliseconds()).then_some(IDLE)
}
