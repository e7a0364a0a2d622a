use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::clock::Time;
use crate::id::SessionId;

/// Ends that are held at a time, but for those that are still to be written.
const MAX: usize = 1 << 16;

/// Sessions that this process knows to have ended. It refuses them sooner than the database does, and lets none through.
pub(super) struct Memory {
    ends: Mutex<Ends>,
    /// Sessions whose rows do not hold.
    broken: Mutex<HashSet<SessionId>>,
    time: Time,
    /// Tells that an end was heard of, or that one is no longer on its way to the database.
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Ends {
    by_session: HashMap<SessionId, End>,
    /// How many there were after those were dropped that concern nobody any longer.
    kept: usize,
}

struct End {
    /// When the last of its session's tokens has run out, in milliseconds.
    until: i64,
    /// It is on its way to the database.
    is_pending: bool,
    is_recorded: bool,
    /// The database says so, and nobody has looked who wrote it.
    is_heard: bool,
}

/// An end on its way to the database. Dropped, it has got there, or never will.
pub(super) struct Pending {
    memory: Arc<Memory>,
    session: SessionId,
}

impl Memory {
    pub(super) fn new(time: Time) -> Self {
        Self {
            ends: Mutex::default(),
            broken: Mutex::default(),
            time,
            changed: watch::Sender::default(),
        }
    }

    pub(super) fn has_ended(&self, session: SessionId) -> bool {
        self.ends().by_session.contains_key(&session)
    }

    /// Whether a session's row was not as the record wrote it, when it was last written to.
    pub(super) fn is_broken(&self, session: SessionId) -> bool {
        self.broken().contains(&session)
    }

    pub(super) fn has_row(&self, session: SessionId, is_broken: bool) {
        let mut broken = self.broken();
        if is_broken {
            broken.insert(session);
        } else if !broken.is_empty() {
            broken.remove(&session);
        }
    }

    /// The record says that a session has ended, whose tokens have run out by this time.
    pub(super) fn is_recorded(&self, session: SessionId, until: i64) {
        self.ended(session, until, |end| end.is_recorded = true);
    }

    /// A row of the database says so: the end is still written where somebody ends the session here.
    pub(super) fn is_heard(&self, session: SessionId, until: i64) {
        self.ended(session, until, |end| end.is_heard = true);
    }

    fn ended(&self, session: SessionId, until: i64, says: impl FnOnce(&mut End)) {
        let mut ends = self.ends();
        ends.make_room(&self.time);
        let is_new = !ends.by_session.contains_key(&session);
        let end = ends.by_session.entry(session).or_insert(End {
            until,
            is_pending: false,
            is_recorded: false,
            is_heard: false,
        });
        end.until = end.until.max(until);
        says(end);
        drop(ends);
        if is_new {
            self.changed.send_replace(());
        }
    }

    /// Ends a session whose end is still to be written: `None` where that is recorded, or on its way.
    pub(super) fn end(self: &Arc<Self>, session: SessionId, until: i64) -> Option<Pending> {
        let mut ends = self.ends();
        ends.make_room(&self.time);
        let end = ends.by_session.entry(session).or_insert(End {
            until,
            is_pending: false,
            is_recorded: false,
            is_heard: false,
        });
        if end.is_pending || end.is_recorded {
            return None;
        }
        end.is_pending = true;
        drop(ends);
        self.changed.send_replace(());
        Some(Pending {
            memory: Arc::clone(self),
            session,
        })
    }

    /// Waits until a session has ended, as far as this process knows.
    pub(super) async fn heard_of_end(&self, session: SessionId) {
        let mut changed = self.changed.subscribe();
        while !self.has_ended(session) {
            // Its sender is here.
            let _ = changed.changed().await;
        }
    }

    /// Waits until a session's end is no longer on its way, and tells whether it is recorded.
    pub(super) async fn settled(&self, session: SessionId) -> bool {
        let state = |memory: &Self| {
            let ends = memory.ends();
            let end = ends.by_session.get(&session);
            end.map(|end| (end.is_pending, end.is_recorded))
        };
        let mut changed = self.changed.subscribe();
        loop {
            match state(self) {
                Some((true, _)) => (),
                Some((false, is_recorded)) => return is_recorded,
                None => return false,
            }
            // Its sender is here.
            let _ = changed.changed().await;
        }
    }

    fn broken(&self) -> MutexGuard<'_, HashSet<SessionId>> {
        // No holder of the lock can leave it half written.
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        // No holder of the lock can leave it half written.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ends {
    /// Drops what concerns nobody any longer, once there is twice as much as before. What is recorded the database knows too.
    fn make_room(&mut self, time: &Time) {
        if self.by_session.len() < self.kept.saturating_mul(2).clamp(1024, MAX) {
            return;
        }
        if let Some(now) = time.now() {
            let now = now.milliseconds();
            self.by_session
                .retain(|_, end| end.is_pending || end.until >= now);
        }
        if self.by_session.len() >= MAX {
            self.by_session
                .retain(|_, end| end.is_pending || !(end.is_recorded || end.is_heard));
        }
        self.kept = self.by_session.len();
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(end) = self.memory.ends().by_session.get_mut(&self.session) {
            end.is_pending = false;
        }
        self.memory.changed.send_replace(());
    }
}
