use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actas_core::SessionEnd;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::memory::Memory;
use crate::id::SessionId;

/// Who waits for the ends of sessions, and how long ago it was known which had ended.
pub(super) struct Listeners {
    pub(super) memory: Arc<Memory>,
    waiting: Mutex<HashMap<SessionId, usize>>,
    /// Somebody waits for a session of which nobody did.
    asked: Notify,
    known: Mutex<Instant>,
}

/// How those who hold a session's permit hear of its end.
pub(super) struct Listening {
    pub(super) listeners: Arc<Listeners>,
    pub(super) session: SessionId,
}

/// One who waits, until it is dropped.
struct Waiting {
    listeners: Arc<Listeners>,
    session: SessionId,
}

impl Listeners {
    pub(super) fn new(memory: Arc<Memory>) -> Self {
        Self {
            memory,
            waiting: Mutex::default(),
            asked: Notify::new(),
            known: Mutex::new(Instant::now()),
        }
    }

    /// The sessions that somebody waits for, which have not ended as far as this process knows.
    pub(super) fn sessions(&self) -> Vec<SessionId> {
        let waiting = self.waiting();
        let sessions = waiting.keys().copied();
        sessions
            .filter(|session| !self.memory.has_ended(*session))
            .collect()
    }

    /// Waits until somebody waits for a session of which nobody did.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// All that other processes have told until now is known.
    pub(super) fn are_told(&self) {
        *self.known() = Instant::now();
    }

    /// Whether what other processes have told is not known for longer than this time.
    pub(super) fn are_deaf(&self, grace: Duration) -> bool {
        self.known().elapsed() > grace
    }

    fn wait(self: &Arc<Self>, session: SessionId) -> Waiting {
        let mut waiting = self.waiting();
        let count = waiting.entry(session).or_default();
        *count = count.saturating_add(1);
        if *count == 1 {
            self.asked.notify_one();
        }
        Waiting {
            listeners: Arc::clone(self),
            session,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<SessionId, usize>> {
        // No holder of the lock can leave it half written.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Instant> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionEnd for Listening {
    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let waiting = self.listeners.wait(self.session);
        Box::pin(async move {
            let memory = &waiting.listeners.memory;
            memory.heard_of_end(waiting.session).await;
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.listeners.waiting();
        if let Some(count) = waiting.get_mut(&self.session) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                waiting.remove(&self.session);
            }
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
