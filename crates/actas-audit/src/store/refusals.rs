use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actas_core::RefusedToken as Refused;

use super::queue::{Answer, Message, Of, Queue, What, Write};
use super::sighting::Sighting;
use super::slots::Slots;
use crate::event::{EventKind, RefusedToken};
use crate::id::{EventId, SessionId};
use crate::time::Timestamp;

/// Sessions and rules that are counted at a time.
const MAX: usize = 1024;
/// Between two events of one session and one rule, in milliseconds.
const WINDOW: u64 = 60 * 1000;

/// Counts tokens that were refused, and has them recorded once a minute at most.
#[derive(Debug)]
pub(super) struct Refusals {
    counts: Mutex<Counts>,
    /// Room in the queue of their own: no flood of them keeps a request waiting.
    slots: Slots,
    queue: Queue,
}

#[derive(Debug, Default)]
struct Counts {
    by_rule: HashMap<(SessionId, &'static str), Count>,
    /// When the log was last told that there are more than are counted.
    warned_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Count {
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
            slots: Slots::new(MAX),
            queue,
        }
    }

    /// Counts one. It neither waits nor fails.
    pub(super) fn add(&self, refused: &Refused) {
        if let Some(sighting) = Sighting::of(&refused.session, None) {
            self.count(sighting.session, refused.rule);
        }
    }

    /// Counts a token of this session that this rule refused.
    pub(super) fn count(&self, session: SessionId, rule: &'static str) {
        let Some(now) = self.queue.time.now() else {
            return;
        };
        let mut counts = self.counts();
        let key = (session, rule);
        if !counts.have_room_for(&key, now) {
            counts.warn(now);
            return;
        }
        let count = counts.by_rule.entry(key).or_insert_with(|| Count {
            written_at: None,
            waiting: None,
        });
        let waiting = count.waiting.get_or_insert(Waiting {
            count: 0,
            from: now,
            to: now,
        });
        waiting.count = waiting.count.saturating_add(1);
        (waiting.from, waiting.to) = (waiting.from.min(now), waiting.to.max(now));
        if count.is_due(now) {
            self.record(count, session, rule, now);
        }
    }

    /// Has recorded what is due; with `all`, what is not due as well.
    pub(super) fn flush(&self, all: bool) {
        let Some(now) = self.queue.time.now() else {
            return;
        };
        let mut counts = self.counts();
        for ((session, rule), count) in &mut counts.by_rule {
            if all || count.is_due(now) {
                self.record(count, *session, rule, now);
            }
        }
        counts.by_rule.retain(|_, count| !count.is_idle(now));
    }

    fn record(&self, count: &mut Count, session: SessionId, rule: &str, now: Timestamp) {
        // Where there is no room, it waits here, counted.
        let Some(slot) = self.slots.try_other() else {
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
            // It begins no session: one that was removed would come back, without a request.
            of: Of::Known(session),
            id,
            at: now,
            what: What::Event(EventKind::RefusedToken(refused)),
            answer: Answer::Nobody,
            slot: Some(slot),
            may_exist: false,
            pending: None,
        })));
        if is_sent {
            count.waiting = None;
            count.written_at = Some(now);
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // No holder of the lock can leave it half written.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Refusals {
    fn drop(&mut self) {
        self.flush(true);
    }
}

impl Counts {
    fn have_room_for(&mut self, key: &(SessionId, &'static str), now: Timestamp) -> bool {
        if self.by_rule.len() < MAX || self.by_rule.contains_key(key) {
            return true;
        }
        self.by_rule.retain(|_, count| !count.is_idle(now));
        self.by_rule.len() < MAX
    }

    fn warn(&mut self, now: Timestamp) {
        if self.warned_at.is_none_or(|at| is_past(at, now)) {
            self.warned_at = Some(now);
            tracing::warn!(
                "tokens of more sessions are refused in a minute than are counted: some are not recorded"
            );
        }
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

/// Whether the window is over, or a clock was put back so far that its end is not to be waited for. By less it goes back
/// where two threads have read it.
fn is_past(at: Timestamp, now: Timestamp) -> bool {
    now.milliseconds().abs_diff(at.milliseconds()) >= WINDOW
}
