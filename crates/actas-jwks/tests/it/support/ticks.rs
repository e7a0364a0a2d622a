use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actas_jwks::Ticks;

/// Time that passes when told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct ManualTicks {
    millis: Arc<AtomicU64>,
}

impl ManualTicks {
    pub(crate) fn pass(&self, seconds: u64) {
        self.pass_millis(seconds * 1000);
    }

    pub(crate) fn pass_millis(&self, millis: u64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Ticks for ManualTicks {
    fn now(&self) -> Duration {
        Duration::from_millis(self.millis.load(Ordering::SeqCst))
    }
}
