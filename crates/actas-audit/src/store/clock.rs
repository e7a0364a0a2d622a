use std::sync::Arc;

use actas_core::Clock;

use crate::time::Timestamp;

/// Where the times of the record come from.
#[derive(Clone, Debug)]
pub(super) enum Time {
    /// The machine, to the millisecond.
    Machine,
    /// A clock of the application, in whole seconds.
    Told(Arc<dyn Clock>),
}

impl Time {
    /// The time, or `None` when it cannot be told.
    pub(super) fn now(&self) -> Option<Timestamp> {
        match self {
            Self::Machine => Some(Timestamp::now()),
            Self::Told(clock) => {
                let seconds = i64::try_from(clock.now()?).ok()?;
                Some(Timestamp::from_seconds(seconds))
            }
        }
    }
}
