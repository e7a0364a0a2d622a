use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actas_core::RefusedToken as Refused;
use tokio::sync::Semaphore;

use super::queue::{Answer, Message, Of, Queue, What, Write};
use super::sighting::Sighting;
use crate::event::{EventKind, RefusedToken};
use crate::id::{EventId, SessionId};
use crate::time::Timestamp;

/// Sessions and rules that are counted at a time.
const MAX: usize = 1024;
/// Between two events of one session and one rule, in milliseconds.
const WINDOW: i64 = 60 * 1000;

/// Counts tokens that were refused, and has them recorded once a minute at most.
#[derive(Debug)]
pub(super) struct Refusals {
    counts: Mutex<HashMap<(SessionId, &'static str), Count>>,
    /// Room in the queue of their own: no flood of them keeps a request waiting.
    slots: Arc<Semaphore>,
    queue: Queue,
}

#[derive(Debug)]
struct Count {
    sighting: Arc<Sighting>,
    written_at: Option<Timestamp>,
    waiting: Option<Waiting>,
}

/// What was refused since the last event.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    count: u32,
    from: Timestamp,
    to: Timestamp,
}

impl Refusals {
    pub(super) fn new(queue: Queue) -> Self {
        Self {
            counts: Mutex::default(),
            slots: Arc::new(Semaphore::new(MAX)),
            queue,
        }
    }

    /// Counts one. It neither waits nor fails.
    pub(super) fn add(&self, refused: &Refused) {
        let (Some(sighting), Some(now)) = (Sighting::of(&refused.session), self.queue.time.now())
        else {
            return;
        };
        let mut counts = self.counts();
        let key = (sighting.session, refused.rule);
        if counts.len() >= MAX && !counts.contains_key(&key) {
            counts.retain(|_, count| !count.is_idle(now));
            if counts.len() >= MAX {
                drop(counts);
                tracing::warn!(
                    session = %key.0,
                    rule = refused.rule,
                    "more sessions are refused at once than are counted, and this one is not recorded"
                );
                return;
            }
        }
        let count = counts.entry(key).or_insert_with(|| Count {
            sighting: Arc::new(sighting),
            written_at: None,
            waiting: None,
        });
        let waiting = count.waiting.get_or_insert(Waiting {
            count: 0,
            from: now,
            to: now,
        });
        waiting.count = waiting.count.saturating_add(1);
        waiting.to = now;
        if count.is_due(now) {
            self.record(count, refused.rule, now);
        }
    }

    /// Has recorded what is due; with `all`, what is not due as well.
    pub(super) fn flush(&self, all: bool) {
        let Some(now) = self.queue.time.now() else {
            return;
        };
        let mut counts = self.counts();
        for ((_, rule), count) in counts.iter_mut() {
            if all || count.is_due(now) {
                self.record(count, rule, now);
            }
        }
        counts.retain(|_, count| !count.is_idle(now));
    }

    fn record(&self, count: &mut Count, rule: &str, now: Timestamp) {
        // Where there is no room, it waits here, counted.
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            return;
        };
        let (Some(waiting), Ok(id)) = (count.waiting, EventId::random()) else {
            return;
        };
        let refused = RefusedToken {
            rule: rule.to_owned(),
            count: waiting.count,
            from: waiting.from,
            to: waiting.to,
        };
        let is_sent = self.queue.send(Message::Write(Box::new(Write {
            of: Of::Seen(Arc::clone(&count.sighting)),
            id,
            at: now,
            what: What::Event(EventKind::RefusedToken(refused)),
            answer: Answer::Nobody,
            slot: Some(slot),
            may_exist: false,
        })));
        if is_sent {
            count.waiting = None;
            count.written_at = Some(now);
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<(SessionId, &'static str), Count>> {
        // No holder of the lock can leave it half written.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Refusals {
    fn drop(&mut self) {
        self.flush(true);
    }
}

impl Count {
    fn is_due(&self, now: Timestamp) -> bool {
        self.waiting.is_some() && self.written_at.is_none_or(|at| is_past(at, now))
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        self.waiting.is_none() && self.written_at.is_none_or(|at| is_past(at, now))
    }
}

fn is_past(at: Timestamp, now: Timestamp) -> bool {
    now.milliseconds().saturating_sub(at.milliseconds()) >= WINDOW
}
