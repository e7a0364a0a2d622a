use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time that tokens are judged by.
///
/// Tests replace it with a clock they can move.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Seconds since the Unix epoch, or `None` when the time cannot be told.
    ///
    /// A clock that cannot tell the time denies: every token is refused with
    /// [`ErrorKind::ClockUnavailable`](crate::ErrorKind::ClockUnavailable).
    fn now(&self) -> Option<u64>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Option<u64> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(since_epoch.as_secs())
    }
}
