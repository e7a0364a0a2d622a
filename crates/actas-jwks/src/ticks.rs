use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Tells how much time has passed: what ages, intervals and back-offs are judged by.
///
/// It knows no calendar and never goes back. Tests replace it with one they can move:
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::Duration;
///
/// use actas_jwks::{RemoteKeys, Ticks};
///
/// #[derive(Debug, Default)]
/// struct ManualTicks(AtomicU64);
///
/// impl Ticks for ManualTicks {
///     fn now(&self) -> Duration {
///         Duration::from_millis(self.0.load(Ordering::SeqCst))
///     }
/// }
///
/// let ticks = Arc::new(ManualTicks::default());
/// let keys = RemoteKeys::new().with_ticks(Arc::clone(&ticks));
/// ticks.0.fetch_add(60_000, Ordering::SeqCst); // a minute later
/// ```
pub trait Ticks: fmt::Debug + Send + Sync {
    /// The time since a start that is always the same one.
    fn now(&self) -> Duration;
}

impl<T: Ticks + ?Sized> Ticks for Arc<T> {
    fn now(&self) -> Duration {
        (**self).now()
    }
}

/// The monotonic clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemTicks {
    start: Instant,
}

impl SystemTicks {
    /// Starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Default for SystemTicks {
    fn default() -> Self {
        Self::new()
    }
}

impl Ticks for SystemTicks {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
