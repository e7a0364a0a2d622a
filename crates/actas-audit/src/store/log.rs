use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actas_core::{
    AuditContext, AuditPermit, AuditSink, AuditedRequest, ErrorKind, NotRecorded, RefusedToken,
    ReserveFuture,
};
use actas_store::{Database, StoreError};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::error::RecordError;
use super::listening::{Listeners, Listening};
use super::memory::Memory;
use super::queue::{Answer, Ended, Message, Of, Queue, Reserved, What, Write};
use super::refusals::Refusals;
use super::seal::Keys;
use super::sighting::Sighting;
use super::slots::Slots;
use crate::event::{Action, EventKind, Note, Request};
use crate::id::{EventId, SessionId};
use crate::key::VerifyingKey;

/// Seconds after which a client whose request was not recorded may try again.
const RETRY_AFTER: u32 = 1;

/// The rule that refuses a request of a session that has ended.
const ENDED: &str = ErrorKind::ImpersonationEnded.name();

/// The durable record of impersonated sessions: an [`AuditSink`] over SQLite or PostgreSQL.
///
/// It is opened by [`AuditLog::sqlite`] or [`AuditLog::postgres`], and closed by [`AuditLog::close`]. Clones are one record.
///
/// A session that has ended, by whatever word, never goes on: a request of it is refused in the transaction that would record
/// it, and sooner where this process knows. It is counted like a token that was refused, under `impersonation_ended`. One that
/// only ran out goes on with a new token.
///
/// A request is reserved once its record is on disk; requests that come at once share a transaction. How it ended is written
/// after it, in the order told, however long the database is away: what waits has its room from before the request ran.
#[derive(Clone)]
pub struct AuditLog {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) database: Database,
    pub(super) keys: Arc<Keys>,
    pub(super) queue: Queue,
    /// Its sender is gone once the task that writes has ended.
    pub(super) is_running: watch::Receiver<()>,
    pub(super) memory: Arc<Memory>,
    pub(super) listeners: Arc<Listeners>,
    /// How long what other processes tell may be unknown, where they tell it.
    pub(super) grace: Option<Duration>,
    pub(super) refusals: Arc<Refusals>,
    pub(super) slots: Slots,
    pub(super) deadline: Duration,
    /// How long a session may last, in milliseconds.
    pub(super) longest: i64,
    /// Of sessions whose start tells none, in seconds.
    pub(super) idle_limit: Option<u64>,
    /// Requests do not wait for their record.
    pub(super) is_buffered: bool,
}

impl AuditLog {
    /// The public half of the key that signs the record.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        self.inner.keys.signing.verifying_key()
    }

    /// Records what was done on behalf of an impersonated session after its request, by a queued job or a task. It is on disk
    /// once this returns.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when the session is not in the record, or the database does not answer within the deadline.
    pub async fn record(
        &self,
        context: &AuditContext,
        name: impl Into<String>,
        notes: impl IntoIterator<Item = (String, String)>,
    ) -> Result<EventId, RecordError> {
        let session = SessionId::of(&context.into());
        let of = context.request.as_ref();
        let action = Action {
            of: of.and_then(|request| request.parse().ok()),
            name: name.into(),
            notes: notes
                .into_iter()
                .map(|(name, value)| Note { name, value })
                .collect(),
        };
        let action = What::Event(EventKind::Action(action));
        self.inner.write(Of::Known(session), action).await
    }

    /// Writes what was told before, closes sessions that have ended or are over, and has recorded which tokens were refused.
    ///
    /// It happens by itself each minute, when the record is opened, and when it is closed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.inner.refusals.flush(false);
        let (done, swept) = oneshot::channel();
        self.inner.queue.send(Message::Sweep(done));
        let closed = || StoreError::new("the record is closed");
        swept.await.map_err(|_| closed())?
    }

    /// Writes what was told before, and ends the connections. Nothing is recorded that is told afterwards, and no impersonated
    /// request runs: let those that run end first.
    ///
    /// It waits as long as the database takes: give it a limit by `tokio::time::timeout`, after which what is left is lost.
    pub async fn close(&self) {
        self.inner.refusals.flush(true);
        let (done, closed) = oneshot::channel();
        self.inner.queue.send(Message::Close(done));
        if closed.await.is_err() {
            // It is closed already, or is being closed. Nothing is ever sent: an error says that the task has ended.
            let _ = self.inner.is_running.clone().changed().await;
        }
    }
}

impl Inner {
    /// `None` where the request cannot be recorded.
    async fn reserve(
        &self,
        request: AuditedRequest,
    ) -> Option<Result<Box<dyn AuditPermit>, Ended>> {
        let mut sighting = Sighting::of(&request.session, self.idle_limit)?;
        sighting.only_reads = request.only_reads;
        let sighting = Arc::new(sighting);
        let session = sighting.session;
        let ended = || {
            self.refusals.count(session, ENDED);
            Some(Err(Ended))
        };
        if self.memory.has_ended(session) {
            return ended();
        }
        if self
            .grace
            .is_some_and(|grace| self.listeners.are_deaf(grace))
        {
            return None;
        }
        let actor = &sighting.started.actor;
        let slot = self.slots.request(&actor.issuer, &actor.subject).await?;
        // It may have been stopped in the meantime, and not every request asks the database.
        if self.memory.has_ended(session) {
            return ended();
        }
        let (at, id) = (self.queue.time.now()?, EventId::random().ok()?);
        let reserved = Reserved {
            id,
            outcome_id: EventId::random().ok()?,
            sighting: Arc::clone(&sighting),
            at,
            queue: self.queue.clone(),
            end: Arc::new(Listening {
                listeners: Arc::clone(&self.listeners),
                session,
            }),
            slot,
        };
        let write = |answer| Write {
            of: Of::Seen(sighting),
            id,
            at,
            what: What::Event(EventKind::Request(Request {
                method: request.method,
                route: request.route,
                request_id: request.request_id,
                trace_id: request.trace_id,
                client: request.client.map(|client| client.to_string()),
                actor: None,
                expires_at: None,
            })),
            answer,
            slot: None,
            may_exist: false,
            pending: None,
        };
        if self.is_buffered {
            // Of none that runs in it now anything would be recorded.
            if self.memory.is_broken(session) {
                return None;
            }
            let is_sent = self
                .queue
                .send(Message::Write(Box::new(write(Answer::Nobody))));
            return is_sent.then(|| Ok(Box::new(reserved.permit()) as Box<dyn AuditPermit>));
        }
        let (to, recorded) = oneshot::channel();
        self.queue
            .send(Message::Write(Box::new(write(Answer::Request(
                to, reserved,
            )))));
        match recorded.await.ok()? {
            // It was stopped while the request waited for the database: the permit records that it did not run.
            Ok(_) if self.memory.has_ended(session) => ended(),
            Ok(permit) => Some(Ok(Box::new(permit))),
            Err(Ended) => ended(),
        }
    }

    pub(super) async fn write(&self, of: Of, what: What) -> Result<EventId, RecordError> {
        let (Some(at), Ok(id)) = (self.queue.time.now(), EventId::random()) else {
            return Err(RecordError::NotWritten);
        };
        let write = async {
            let slot = self.slots.other().await?;
            let (to, written) = oneshot::channel();
            self.queue.send(Message::Write(Box::new(Write {
                of,
                id,
                at,
                what,
                answer: Answer::Caller(to),
                slot: Some(slot),
                may_exist: false,
                pending: None,
            })));
            written.await.ok()
        };
        match timeout(self.deadline, write).await {
            Ok(Some(outcome)) => outcome,
            Ok(None) | Err(_) => Err(RecordError::NotWritten),
        }
    }
}

impl AuditSink for AuditLog {
    fn reserve(&self, request: AuditedRequest) -> ReserveFuture {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let reserved = timeout(inner.deadline, inner.reserve(request)).await;
            match reserved.ok().flatten() {
                Some(Ok(permit)) => Ok(permit),
                Some(Err(Ended)) => Err(NotRecorded::ended()),
                None => Err(NotRecorded::unavailable(Some(RETRY_AFTER))),
            }
        })
    }

    fn refused(&self, token: RefusedToken) {
        self.inner.refusals.add(&token);
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLog").finish_non_exhaustive()
    }
}
