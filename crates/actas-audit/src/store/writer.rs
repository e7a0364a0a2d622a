use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::error::Elapsed;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::append::{self, Written};
use super::clock::Time;
use super::close;
use super::database::{Connection, Database};
use super::error::{RecordError, StoreError};
use super::queue::{Answer, Message, Write};
use super::refusals::Refusals;
use crate::key::SigningKey;

/// Events that share one transaction.
const BATCH: usize = 256;

/// What one transaction may take. The connection is given up afterwards.
const ATTEMPT: Duration = Duration::from_secs(30);

/// Between two looks for sessions that are over, and for refused tokens to record.
const TICK: Duration = Duration::from_mins(1);

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// The one task that writes: what is there when it looks shares a transaction.
pub(super) struct Writer {
    pub(super) database: Database,
    pub(super) key: Arc<SigningKey>,
    pub(super) receiver: mpsc::UnboundedReceiver<Message>,
    pub(super) refusals: Weak<Refusals>,
    pub(super) time: Time,
    /// How long events are gathered before they are written.
    pub(super) gather: Option<Duration>,
}

/// What is to be done.
#[derive(Default)]
struct Tasks {
    /// Events, those of each session in their order.
    writes: VecDeque<Write>,
    /// A session's rows were at fault: until the next minute each session has its own transactions.
    is_one_by_one: bool,
    sweeps: Vec<oneshot::Sender<Result<(), StoreError>>>,
    is_sweep_due: bool,
    closing: Option<oneshot::Sender<()>>,
    /// Nobody is left who could send.
    is_over: bool,
}

impl Writer {
    pub(super) async fn run(mut self) {
        let mut tasks = Tasks::default();
        if let Err(error) = self.close_sessions(true).await {
            tracing::error!(%error, "sessions of the audit record that are over cannot be closed");
        }
        let mut tick = interval(TICK);
        // The first was just now.
        tick.reset();
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pause = FIRST_PAUSE;
        loop {
            if tasks.is_idle() {
                tokio::select! {
                    message = self.receiver.recv() => tasks.take(message),
                    _ = tick.tick() => {
                        if let Some(refusals) = self.refusals.upgrade() {
                            refusals.flush(false);
                        }
                        tasks.is_sweep_due = true;
                        tasks.is_one_by_one = false;
                    }
                }
                if let Some(gather) = self.gather
                    && tasks.closing.is_none()
                    && !tasks.is_over
                {
                    sleep(gather).await;
                }
            }
            while tasks.writes.len() < BATCH
                && let Ok(message) = self.receiver.try_recv()
            {
                tasks.take(Some(message));
            }
            let outcome = if tasks.writes.is_empty() {
                self.sweep(&mut tasks).await
            } else {
                self.write(&mut tasks).await
            };
            match outcome {
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
            if tasks.writes.is_empty() && !tasks.is_sweep_due && tasks.is_ending() {
                break;
            }
        }
        self.database.close().await;
        if let Some(closing) = tasks.closing {
            // The caller may have gone away.
            let _ = closing.send(());
        }
    }

    /// Writes what is first in the queue, and answers who waits for it. What failed and nobody waits for stays in its place.
    async fn write(&self, tasks: &mut Tasks) -> Result<(), StoreError> {
        let batch = tasks.next_batch();
        if batch.is_empty() {
            return Ok(());
        }
        let mut may_have_committed = false;
        match self.transact(&batch, &mut may_have_committed).await {
            Ok(written) => {
                for (write, written) in batch.into_iter().zip(written) {
                    answer(write, written);
                }
                Ok(())
            }
            Err(error) => {
                tasks.put_back(batch, may_have_committed, error.is_of_a_row());
                Err(error)
            }
        }
    }

    async fn transact(
        &self,
        batch: &[Write],
        may_have_committed: &mut bool,
    ) -> Result<Vec<Written>, StoreError> {
        let mut connection = self.connect().await?;
        let transaction = async {
            connection.begin().await?;
            let written = append::batch(&mut connection, &self.key, batch).await?;
            *may_have_committed = true;
            connection.commit().await?;
            Ok(written)
        };
        settle(timeout(ATTEMPT, transaction).await)
    }

    async fn sweep(&self, tasks: &mut Tasks) -> Result<(), StoreError> {
        let outcome = self.close_sessions(tasks.is_sweep_due).await;
        // The next minute brings the next.
        tasks.is_sweep_due = false;
        let failed = outcome.as_ref().err().map(ToString::to_string);
        for sweep in tasks.sweeps.drain(..) {
            let told = match &failed {
                None => Ok(()),
                Some(message) => Err(StoreError::new(message.clone())),
            };
            // The caller may have gone away.
            let _ = sweep.send(told);
        }
        outcome
    }

    async fn close_sessions(&self, is_due: bool) -> Result<(), StoreError> {
        let Some(now) = self.time.now().filter(|_| is_due) else {
            return Ok(());
        };
        loop {
            let mut connection = self.connect().await?;
            let transaction = async {
                connection.begin().await?;
                let more = close::some(&mut connection, &self.key, now).await?;
                connection.commit().await?;
                Ok(more)
            };
            if !settle(timeout(ATTEMPT, transaction).await)? {
                return Ok(());
            }
        }
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

fn answer(write: Write, written: Written) {
    match write.answer {
        Answer::Nobody => (),
        Answer::Request(to, reserved) => {
            // Where the caller has gone away the permit is dropped, and records an aborted request.
            let _ = to.send(reserved.permit());
        }
        Answer::Caller(to) => {
            let told = match written {
                Written::Yes => Ok(write.id),
                Written::UnknownSession => Err(RecordError::UnknownSession),
            };
            let _ = to.send(told);
        }
    }
    drop(write.slot);
}

impl Tasks {
    fn take(&mut self, message: Option<Message>) {
        match message {
            Some(Message::Write(write)) => self.writes.push_back(*write),
            Some(Message::Sweep(done)) => {
                self.is_sweep_due = true;
                self.sweeps.push(done);
            }
            Some(Message::Close(done)) => {
                self.is_sweep_due = true;
                self.closing = Some(done);
            }
            None => {
                self.is_sweep_due = true;
                self.is_over = true;
            }
        }
    }

    /// What shares the next transaction.
    fn next_batch(&mut self) -> Vec<Write> {
        self.writes.retain(|write| !write.answer.is_given_up());
        let count = self.writes.len().min(BATCH);
        let mut batch: Vec<Write> = self.writes.drain(..count).collect();
        if self.is_one_by_one
            && let Some(session) = batch.first().map(|write| write.of.session())
        {
            let (one, others) = batch
                .into_iter()
                .partition(|write| write.of.session() == session);
            let others: Vec<Write> = others;
            for write in others.into_iter().rev() {
                self.writes.push_front(write);
            }
            batch = one;
        }
        batch
    }

    /// Keeps of a batch that failed what is not a waiting request.
    fn put_back(&mut self, batch: Vec<Write>, may_have_committed: bool, is_of_a_row: bool) {
        let keep = |mut write: Write| match write.answer {
            // Its sender is dropped: the request does not run.
            Answer::Request(_, reserved) => may_have_committed.then(|| reserved.doubtful()),
            Answer::Nobody | Answer::Caller(_) => {
                write.may_exist |= may_have_committed;
                Some(write)
            }
        };
        let kept = batch.into_iter().filter_map(keep);
        if self.is_one_by_one && is_of_a_row {
            // The others go before it.
            let (own, others): (VecDeque<Write>, VecDeque<Write>) = {
                let kept: Vec<Write> = kept.collect();
                let session = kept.first().map(|write| write.of.session());
                let waiting = std::mem::take(&mut self.writes);
                let (behind, others): (VecDeque<Write>, VecDeque<Write>) = waiting
                    .into_iter()
                    .partition(|write| Some(write.of.session()) == session);
                (kept.into_iter().chain(behind).collect(), others)
            };
            self.writes = others.into_iter().chain(own).collect();
        } else {
            let behind = std::mem::take(&mut self.writes);
            self.writes = kept.chain(behind).collect();
        }
        self.is_one_by_one |= is_of_a_row;
    }

    fn is_idle(&self) -> bool {
        self.writes.is_empty() && !self.is_sweep_due && !self.is_ending()
    }

    fn is_ending(&self) -> bool {
        self.is_over || self.closing.is_some()
    }

    /// Whether nobody waits for the rest to be written.
    fn is_given_up(&self) -> bool {
        self.closing
            .as_ref()
            .is_some_and(oneshot::Sender::is_closed)
    }
}
