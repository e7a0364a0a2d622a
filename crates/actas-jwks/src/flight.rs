use std::time::Duration;

use tokio::sync::watch;

use crate::fetch::Question;

/// A fetch in the air.
pub(crate) struct Flight {
    pub(crate) number: u64,
    pub(crate) departed_at: Duration,
    /// From then on it is given up: its runtime is not driven any more.
    pub(crate) overdue_at: Duration,
    /// Whether caches on the way were told not to answer.
    pub(crate) looks_up: bool,
    /// Whether it was paid for out of the budget for unknown keys.
    pub(crate) is_paid: bool,
    /// Whether the set it is to replace serves on for as long as it is in the air.
    pub(crate) excuses: bool,
    /// Dropped with the flight, which wakes those who wait for it, however it ended.
    pub(crate) over: watch::Sender<()>,
}

/// A flight about to depart.
pub(crate) struct Departure {
    pub(crate) number: u64,
    pub(crate) question: Question,
    /// Closes when the flight is over.
    pub(crate) over: watch::Receiver<()>,
}
