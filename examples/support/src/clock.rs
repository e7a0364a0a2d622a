use actas::{Clock, SystemClock};
use tokio::time::Instant;

/// Tells the machine's time, and goes on from there with tokio's, which a test can pause and move.
#[derive(Debug)]
pub struct TokioClock {
    epoch: Option<u64>,
    started: Instant,
}

impl TokioClock {
    /// A clock that tells the machine's time now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epoch: SystemClock.now(),
            started: Instant::now(),
        }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Option<u64> {
        self.epoch?.checked_add(self.started.elapsed().as_secs())
    }
}
