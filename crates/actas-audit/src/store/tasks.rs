use std::collections::VecDeque;

use actas_store::{Fault, StoreError};
use tokio::sync::oneshot;

use super::close::Place;
use super::queue::{Answer, Message, Write};

/// Events that share one transaction.
pub(super) const BATCH: usize = 256;

/// What the task that writes has to do.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each may hold with any of the others"
)]
pub(super) struct Tasks {
    /// Events, those of each session in their order.
    writes: VecDeque<Write>,
    /// A session's rows were at fault: until the next minute each session has its own transactions.
    is_one_by_one: bool,
    is_sweep_due: bool,
    /// Where the sweep goes on, past sessions that can never be closed.
    pub(super) sweep_after: Option<Place>,
    /// The same, past sessions that can never be ended.
    pub(super) end_after: String,
    sweeps: Vec<Sweep>,
    closers: Vec<oneshot::Sender<()>>,
    /// Nobody is left who could send.
    is_over: bool,
    is_last_sweep_done: bool,
}

/// Somebody waits until all is written that was told before, and what is over then is closed.
struct Sweep {
    /// How many events are before it. Below zero, so many that were told later are in the transaction that runs.
    behind: isize,
    done: oneshot::Sender<Result<(), StoreError>>,
}

impl Tasks {
    pub(super) fn take(&mut self, message: Option<Message>) {
        match message {
            Some(Message::Write(write)) => self.writes.push_back(*write),
            Some(Message::Sweep(done)) => {
                let behind = count(self.writes.len());
                self.sweeps.push(Sweep { behind, done });
            }
            Some(Message::Close(done)) => self.closers.push(done),
            None => self.is_over = true,
        }
    }

    pub(super) fn minute_is_over(&mut self) {
        self.is_sweep_due = true;
        self.is_one_by_one = false;
    }

    pub(super) fn have_room(&self) -> bool {
        self.writes.len() < BATCH
    }

    pub(super) fn have_writes(&self) -> bool {
        !self.writes.is_empty()
    }

    pub(super) fn is_sweep_due(&self) -> bool {
        self.is_sweep_due || self.is_last_sweep_due() || {
            let mut sweeps = self.sweeps.iter();
            sweeps.any(|sweep| sweep.is_next(&self.writes))
        }
    }

    /// The last comes after all events: what these end is closed too.
    fn is_last_sweep_due(&self) -> bool {
        self.is_ending() && self.writes.is_empty() && !self.is_last_sweep_done
    }

    /// Nothing is left to close, or that cannot be done now: the next minute brings the next sweep.
    pub(super) fn swept(&mut self, outcome: Result<(), &StoreError>) {
        self.is_sweep_due = false;
        self.sweep_after = None;
        self.end_after.clear();
        self.is_last_sweep_done |= self.is_last_sweep_due();
        let writes = &self.writes;
        for sweep in self.sweeps.extract_if(.., |sweep| sweep.is_next(writes)) {
            let told = outcome.map_err(|error| StoreError::new(error.to_string()));
            // The caller may have gone away.
            let _ = sweep.done.send(told);
        }
    }

    /// What shares the next transaction.
    pub(super) fn next_batch(&mut self) -> Vec<Write> {
        let before = self.writes.len();
        // At the end no request begins: how it ended could not be recorded.
        let is_closing = self.is_closing();
        self.writes.retain(|write| match &write.answer {
            Answer::Request(to, _) => !is_closing && !to.is_closed(),
            Answer::Nobody | Answer::Caller(_) => true,
        });
        let next = self.writes.len().min(BATCH);
        let mut batch: Vec<Write> = self.writes.drain(..next).collect();
        if self.is_one_by_one
            && let Some(session) = batch.first().map(|write| write.of.session())
        {
            let (one, others): (Vec<Write>, Vec<Write>) = batch
                .into_iter()
                .partition(|write| write.of.session() == session);
            for write in others.into_iter().rev() {
                self.writes.push_front(write);
            }
            batch = one;
        }
        let gone = before.saturating_sub(self.writes.len());
        self.move_sweeps(count(gone).saturating_neg());
        batch
    }

    /// Keeps what a transaction that failed would have written. A request whose record may or may not be there does not run.
    pub(super) fn put_back(
        &mut self,
        batch: impl IntoIterator<Item = Write>,
        may_have_committed: bool,
        fault: Fault,
    ) {
        let before = self.writes.len();
        let is_shared = fault != Fault::Database && !self.is_one_by_one;
        let keep = |mut write: Write| match write.answer {
            // It is not the one at fault, or that is seen next.
            Answer::Request(..) if is_shared && !may_have_committed => Some(write),
            // Its sender is dropped: the request does not run.
            Answer::Request(_, reserved) => may_have_committed.then(|| reserved.doubtful()),
            Answer::Nobody | Answer::Caller(_) => {
                write.may_exist |= may_have_committed;
                Some(write)
            }
        };
        let kept: Vec<Write> = batch.into_iter().filter_map(keep).collect();
        let behind = std::mem::take(&mut self.writes);
        if self.is_one_by_one && fault != Fault::Database {
            // The others go before it.
            let session = kept.first().map(|write| write.of.session());
            let (own, others): (VecDeque<Write>, VecDeque<Write>) = behind
                .into_iter()
                .partition(|write| Some(write.of.session()) == session);
            self.writes = others.into_iter().chain(kept).chain(own).collect();
        } else {
            self.writes = kept.into_iter().chain(behind).collect();
        }
        self.is_one_by_one |= fault != Fault::Database;
        self.move_sweeps(count(self.writes.len().saturating_sub(before)));
    }

    fn move_sweeps(&mut self, by: isize) {
        for sweep in &mut self.sweeps {
            sweep.behind = sweep.behind.saturating_add(by);
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.writes.is_empty() && !self.is_sweep_due() && !self.is_ending()
    }

    /// Whether somebody waits for what is gathered.
    pub(super) fn is_awaited(&self) -> bool {
        self.is_ending() || !self.sweeps.is_empty()
    }

    pub(super) fn is_closing(&self) -> bool {
        !self.closers.is_empty()
    }

    fn is_ending(&self) -> bool {
        self.is_over || self.is_closing()
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_ending() && self.writes.is_empty() && self.is_last_sweep_done
    }

    /// Whether nobody waits any longer for the rest to be written.
    pub(super) fn is_given_up(&self) -> bool {
        self.is_closing() && self.closers.iter().all(oneshot::Sender::is_closed)
    }

    /// Tells those who wait for the end.
    pub(super) fn end(self) {
        for closer in self.closers {
            // The caller may have gone away.
            let _ = closer.send(());
        }
    }
}

impl Sweep {
    /// Whether all is written that was told before it.
    fn is_next(&self, writes: &VecDeque<Write>) -> bool {
        self.behind <= 0 || writes.is_empty()
    }
}

fn count(events: usize) -> isize {
    isize::try_from(events).unwrap_or(isize::MAX)
}
