use std::collections::VecDeque;
use std::future::ready;
use std::pin::pin;
use std::slice;
use std::sync::{Arc, Weak};
use std::time::Duration;

use actas_store::{Connection, Database, Fault, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::error::Elapsed;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::append::{self, Written};
use super::clock::Time;
use super::close::{self, OVER_AFTER};
use super::ending;
use super::error::RecordError;
use super::memory::Memory;
use super::queue::{Answer, Ended, Message, What, Write};
use super::refusals::Refusals;
use super::seal::Keys;
use super::tasks::Tasks;
use crate::event::EventKind;

/// What one transaction may take. The connection is given up afterwards.
const ATTEMPT: Duration = Duration::from_secs(30);

/// Between two looks for sessions that are over, and for refused tokens to record.
const TICK: Duration = Duration::from_mins(1);

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// The one task that writes: what is there when it looks shares a transaction.
pub(super) struct Writer {
    pub(super) database: Database,
    pub(super) keys: Arc<Keys>,
    pub(super) receiver: mpsc::UnboundedReceiver<Message>,
    pub(super) memory: Arc<Memory>,
    pub(super) refusals: Weak<Refusals>,
    pub(super) time: Time,
    /// How long a session may last, in milliseconds.
    pub(super) longest: i64,
    /// How long events are gathered before they are written.
    pub(super) gather: Option<Duration>,
    /// Dropped before the connections end.
    pub(super) watching: oneshot::Sender<()>,
    /// Dropped at the end.
    pub(super) running: watch::Sender<()>,
}

impl Writer {
    pub(super) async fn run(mut self) {
        let mut tasks = Tasks::default();
        // Sessions may be over since the record was closed.
        tasks.minute_is_over();
        let mut tick = interval(TICK);
        // The first was just now.
        tick.reset();
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pause = FIRST_PAUSE;
        loop {
            let (is_idle, had_writes) = (tasks.is_idle(), tasks.have_writes());
            tokio::select! {
                biased;
                _ = tick.tick() => {
                    if let Some(refusals) = self.refusals.upgrade() {
                        refusals.flush(false);
                    }
                    tasks.minute_is_over();
                }
                message = self.receiver.recv(), if is_idle => tasks.take(message),
                () = ready(()), if !is_idle => (),
            }
            self.drain(&mut tasks);
            if !had_writes {
                self.gather(&mut tasks).await;
                self.drain(&mut tasks);
            }
            match self.step(&mut tasks).await {
                Ok(()) => pause = FIRST_PAUSE,
                Err(error) => {
                    tracing::error!(%error, "the audit record cannot be written");
                    if tasks.is_given_up() {
                        break;
                    }
                    sleep(pause).await;
                    pause = pause.saturating_mul(2).min(LAST_PAUSE);
                }
            }
            if tasks.is_done() && self.receiver.is_empty() {
                break;
            }
        }
        self.receiver.close();
        drop(self.watching);
        self.database.close().await;
        tasks.end();
        drop(self.running);
    }

    /// Takes what comes in the next interval, unless somebody waits for it.
    async fn gather(&mut self, tasks: &mut Tasks) {
        let Some(gather) = self.gather.filter(|_| tasks.have_writes()) else {
            return;
        };
        let mut end = pin!(sleep(gather));
        while !tasks.is_awaited() {
            tokio::select! {
                () = &mut end => return,
                message = self.receiver.recv() => tasks.take(message),
            }
        }
    }

    fn drain(&mut self, tasks: &mut Tasks) {
        while tasks.have_room()
            && let Ok(message) = self.receiver.try_recv()
        {
            tasks.take(Some(message));
        }
        if tasks.is_closing() {
            // Who sends from now on is told that it is over.
            self.receiver.close();
        }
    }

    /// Neither waits for all of the other: sweeps are done a few sessions at a time.
    async fn step(&self, tasks: &mut Tasks) -> Result<(), StoreError> {
        let swept = if tasks.is_sweep_due() {
            self.sweep(tasks).await
        } else {
            Ok(())
        };
        if tasks.have_writes() {
            self.write(tasks).await?;
        }
        swept
    }

    async fn sweep(&self, tasks: &mut Tasks) -> Result<(), StoreError> {
        match self.close_some(tasks).await {
            // It is still due.
            Ok(true) => Ok(()),
            Ok(false) => {
                tasks.swept(Ok(()));
                Ok(())
            }
            Err(error) => {
                tasks.swept(Err(&error));
                Err(error)
            }
        }
    }

    async fn close_some(&self, tasks: &mut Tasks) -> Result<bool, StoreError> {
        let Some(now) = self.time.now() else {
            return Ok(false);
        };
        let mut connection = self.connect().await?;
        let transaction = async {
            connection.begin().await?;
            let after = &mut tasks.end_after;
            let ended = ending::some(&mut connection, &self.keys, now, after).await?;
            connection.commit().await?;
            // Each locks sessions in the order of their ids.
            connection.begin().await?;
            let after = &mut tasks.sweep_after;
            let more = close::some(&mut connection, &self.keys, now, after).await?;
            connection.commit().await?;
            Ok((ended, more))
        };
        let (ended, more) = settle(timeout(ATTEMPT, transaction).await)?;
        for (session, expire_at) in ended.sessions {
            self.memory
                .is_recorded(session, expire_at.saturating_add(OVER_AFTER));
        }
        Ok(ended.may_be_more || more)
    }

    /// Writes what is first in the queue, and answers who waits for it. What failed and may yet succeed stays in its place.
    async fn write(&self, tasks: &mut Tasks) -> Result<(), StoreError> {
        let batch = tasks.next_batch();
        let Some(first) = batch.first().map(|write| write.of.session()) else {
            return Ok(());
        };
        let mut may_have_committed = false;
        match self.transact(&batch, &mut may_have_committed).await {
            Ok(written) => {
                answer(batch, written, &self.memory);
                Ok(())
            }
            Err(error)
                if error.fault() == Fault::Row
                    && batch.iter().all(|write| write.of.session() == first) =>
            {
                tracing::error!(%error, session = %first, "events cannot be written together");
                self.write_singly(batch.into(), tasks).await
            }
            Err(error) => {
                tasks.put_back(batch, may_have_committed, error.fault());
                Err(error)
            }
        }
    }

    /// Writes events of one session, of which one at least cannot be written, and leaves that out: it would fail for ever, and
    /// nothing after it would be written.
    async fn write_singly(
        &self,
        mut batch: VecDeque<Write>,
        tasks: &mut Tasks,
    ) -> Result<(), StoreError> {
        while let Some(mut write) = batch.pop_front() {
            let mut may_have_committed = false;
            let event = slice::from_ref(&write);
            let (session, id, kind) = (write.of.session(), write.id, write.kind());
            match self.transact(event, &mut may_have_committed).await {
                Ok(written) => answer(vec![write], written, &self.memory),
                Err(error) if error.fault() == Fault::Row && write.without_notes() => {
                    tracing::error!(%error, %session, %id, kind, "an event of the audit record is tried without its notes");
                    batch.push_front(write);
                }
                Err(error) if error.fault() == Fault::Row => {
                    tracing::error!(%error, %session, %id, kind, "an event is left out of the audit record: it cannot be written");
                }
                Err(error) => {
                    batch.push_front(write);
                    tasks.put_back(batch, may_have_committed, error.fault());
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn transact(
        &self,
        batch: &[Write],
        may_have_committed: &mut bool,
    ) -> Result<Vec<Written>, StoreError> {
        let mut connection = self.connect().await?;
        let transaction = async {
            connection.begin().await?;
            let written = append::batch(&mut connection, &self.keys, self.longest, batch).await?;
            *may_have_committed = true;
            connection.commit().await?;
            Ok(written)
        };
        settle(timeout(ATTEMPT, transaction).await)
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let connection = self.database.writer().await;
        connection.map_err(|error| StoreError::of(&error))
    }
}

fn settle<T>(outcome: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, StoreError> {
    match outcome {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(StoreError::of(&error)),
        Err(_) => Err(StoreError::new("a transaction took too long")),
    }
}

fn answer(batch: Vec<Write>, written: Vec<Written>, memory: &Memory) {
    let (mut unknown, mut broken) = (0_u32, 0_u32);
    for (write, written) in batch.into_iter().zip(written) {
        if let Written::Ended { expire_at } = written {
            memory.is_recorded(write.of.session(), expire_at.saturating_add(OVER_AFTER));
        }
        memory.has_row(write.of.session(), written == Written::Broken);
        broken = broken.saturating_add(u32::from(written == Written::Broken));
        match write.answer {
            Answer::Nobody => {
                if written == Written::UnknownSession
                    && let What::Event(EventKind::RefusedToken(refused)) = write.what
                {
                    unknown = unknown.saturating_add(refused.count);
                }
            }
            Answer::Request(to, reserved) => {
                let told = match written {
                    Written::Yes => Some(Ok(reserved.permit())),
                    Written::Ended { .. } => Some(Err(Ended)),
                    // Its sender is dropped: the request does not run.
                    Written::UnknownSession | Written::SessionExists | Written::Broken => None,
                };
                // Where the caller has gone away the permit is dropped, and records an aborted request.
                if let Some(told) = told {
                    let _ = to.send(told);
                }
            }
            Answer::Caller(to) => {
                let told = match written {
                    Written::Yes | Written::Ended { .. } => Ok(write.id),
                    Written::UnknownSession => Err(RecordError::UnknownSession),
                    Written::SessionExists => Err(RecordError::SessionExists),
                    Written::Broken => Err(RecordError::BrokenSession),
                };
                let _ = to.send(told);
            }
        }
        drop((write.slot, write.pending));
    }
    if broken > 0 {
        tracing::error!(
            events = broken,
            "events are left out of the audit record: the rows of their sessions were not written by it"
        );
    }
    if unknown > 0 {
        tracing::warn!(
            tokens = unknown,
            "tokens were refused of sessions that are not in the audit record: it does not tell of them"
        );
    }
}
