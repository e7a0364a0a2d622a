use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Actors whose room is looked after at a time, before those are dropped that have none.
const ACTORS: usize = 64;

/// Room for requests, and room of its own for what is told beside them.
#[derive(Debug)]
pub(super) struct Slots {
    requests: Arc<Semaphore>,
    others: Arc<Semaphore>,
    /// What one actor may have of the room for requests.
    of_one: usize,
    actors: Mutex<Actors>,
}

#[derive(Debug, Default)]
struct Actors {
    by_name: HashMap<(String, String), Weak<Semaphore>>,
    /// How many there were after those were dropped that have no room.
    kept: usize,
}

/// Room for one event and what follows it, given back when it is dropped.
pub(super) struct Slot {
    _of_all: OwnedSemaphorePermit,
    _of_actor: Option<OwnedSemaphorePermit>,
}

impl Slots {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            requests: Arc::new(Semaphore::new(capacity)),
            others: Arc::new(Semaphore::new(capacity)),
            of_one: capacity.div_euclid(2).max(1),
            actors: Mutex::default(),
        }
    }

    /// Waits for room for a request of this actor.
    pub(super) async fn request(&self, issuer: &str, subject: &str) -> Option<Slot> {
        // One who waits for room of their own takes none of the others'.
        let of_actor = self.actor(issuer, subject).acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.requests).acquire_owned().await.ok()?;
        Some(Slot {
            _of_all: of_all,
            _of_actor: Some(of_actor),
        })
    }

    /// Waits for room for what is no request.
    pub(super) async fn other(&self) -> Option<Slot> {
        let of_all = Arc::clone(&self.others).acquire_owned().await.ok()?;
        Some(Slot {
            _of_all: of_all,
            _of_actor: None,
        })
    }

    /// Room for what is no request, where there is some.
    pub(super) fn try_other(&self) -> Option<Slot> {
        let of_all = Arc::clone(&self.others).try_acquire_owned().ok()?;
        Some(Slot {
            _of_all: of_all,
            _of_actor: None,
        })
    }

    fn actor(&self, issuer: &str, subject: &str) -> Arc<Semaphore> {
        // No holder of the lock can leave it half written.
        let mut actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        if actors.by_name.len() >= actors.kept.saturating_mul(2).max(ACTORS) {
            actors.by_name.retain(|_, room| room.strong_count() > 0);
            actors.kept = actors.by_name.len();
        }
        let name = (issuer.to_owned(), subject.to_owned());
        let room = actors.by_name.entry(name).or_default();
        room.upgrade().unwrap_or_else(|| {
            let new = Arc::new(Semaphore::new(self.of_one));
            *room = Arc::downgrade(&new);
            new
        })
    }
}
