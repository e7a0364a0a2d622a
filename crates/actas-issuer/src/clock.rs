use std::sync::Arc;

use actas_core::Clock;

/// A clock that an issuer shares with its keys and its verifiers.
#[derive(Clone, Debug)]
pub(crate) struct SharedClock(Arc<dyn Clock>);

impl SharedClock {
    pub(crate) fn new(clock: impl Clock + 'static) -> Self {
        Self(Arc::new(clock))
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Option<u64> {
        self.0.now()
    }
}
