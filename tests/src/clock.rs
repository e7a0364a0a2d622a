use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actas::Clock;
use tokio::time::Instant;

/// A clock that stands still.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub u64);

impl Clock for FixedClock {
    fn now(&self) -> Option<u64> {
        Some(self.0)
    }
}

/// A clock that a test sets.
#[derive(Clone, Debug)]
pub struct SetClock(Arc<AtomicU64>);

impl SetClock {
    /// A clock that stands at `now` until it is set.
    #[must_use]
    pub fn at(now: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now)))
    }

    /// Sets the clock; [`SetClock::BROKEN`] leaves it unable to tell the time.
    pub fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    /// A time that the clock cannot tell.
    pub const BROKEN: u64 = u64::MAX;
}

impl Clock for SetClock {
    fn now(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|now| *now != Self::BROKEN)
    }
}

/// Tokio's time, which a test can pause and move on.
#[derive(Debug)]
pub struct TokioClock {
    epoch: u64,
    started: Instant,
}

impl TokioClock {
    /// A clock that stands at `epoch` now.
    #[must_use]
    pub fn at(epoch: u64) -> Self {
        Self {
            epoch,
            started: Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Option<u64> {
        Some(self.epoch.saturating_add(self.started.elapsed().as_secs()))
    }
}
