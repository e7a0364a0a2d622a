use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actas_core::{
    AuditContext, AuditPermit, AuditSink, AuditedRequest, NotRecorded, RefusedToken, ReserveFuture,
};
use actas_store::{Database, StoreError};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::timeout;

use super::error::RecordError;
use super::queue::{Answer, Message, Of, Queue, Reserved, What, Write};
use super::refusals::Refusals;
use super::seal::Keys;
use super::sighting::Sighting;
use crate::event::{Action, EventKind, Note, Request, SessionEnded};
use crate::id::{EventId, SessionId};
use crate::key::VerifyingKey;

/// Seconds after which a client whose request was not recorded may try again.
const RETRY_AFTER: u32 = 1;

/// The durable record of impersonated sessions: an [`AuditSink`] over SQLite or PostgreSQL.
///
/// It is opened by [`AuditLog::sqlite`] or [`AuditLog::postgres`], and closed by [`AuditLog::close`]. Clones are one record.
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
    pub(super) refusals: Arc<Refusals>,
    pub(super) slots: Arc<Semaphore>,
    pub(super) deadline: Duration,
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
        self.inner.write(session, EventKind::Action(action)).await
    }

    /// Records that a session has ended: `stopped`, `revoked`, `signed_out`, or another word.
    ///
    /// `session_key` is the text form of core's `SessionKey`. An issuer's session is several in the record where it served several
    /// users, actors or organisations: all of them end, and their ids are returned.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when the session is not in the record, or the database does not answer within the deadline.
    pub async fn end(
        &self,
        issuer: &str,
        session_key: &str,
        reason: impl Into<String>,
    ) -> Result<Vec<SessionId>, RecordError> {
        let ended = SessionEnded {
            reason: reason.into(),
        };
        let sessions = self.with_key(issuer, session_key).await;
        let sessions = sessions.map_err(|_| RecordError::NotWritten)?;
        if sessions.is_empty() {
            return Err(RecordError::UnknownSession);
        }
        for session in &sessions {
            let ended = EventKind::SessionEnded(ended.clone());
            self.inner.write(*session, ended).await?;
        }
        Ok(sessions)
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
    async fn reserve(&self, request: AuditedRequest) -> Option<Box<dyn AuditPermit>> {
        let sighting = Arc::new(Sighting::of(&request.session)?);
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        let (at, id) = (self.queue.time.now()?, EventId::random().ok()?);
        let reserved = Reserved {
            id,
            outcome_id: EventId::random().ok()?,
            sighting: Arc::clone(&sighting),
            at,
            queue: self.queue.clone(),
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
        };
        if self.is_buffered {
            let is_sent = self
                .queue
                .send(Message::Write(Box::new(write(Answer::Nobody))));
            return is_sent.then(|| Box::new(reserved.permit()) as Box<dyn AuditPermit>);
        }
        let (to, recorded) = oneshot::channel();
        self.queue
            .send(Message::Write(Box::new(write(Answer::Request(
                to, reserved,
            )))));
        Some(Box::new(recorded.await.ok()?))
    }

    async fn write(&self, session: SessionId, kind: EventKind) -> Result<EventId, RecordError> {
        let (Some(at), Ok(id)) = (self.queue.time.now(), EventId::random()) else {
            return Err(RecordError::NotWritten);
        };
        let write = async {
            let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
            let (to, written) = oneshot::channel();
            self.queue.send(Message::Write(Box::new(Write {
                of: Of::Known(session),
                id,
                at,
                what: What::Event(kind),
                answer: Answer::Caller(to),
                slot: Some(slot),
                may_exist: false,
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
            let permit = timeout(inner.deadline, inner.reserve(request)).await;
            let permit = permit.ok().flatten();
            permit.ok_or(NotRecorded::unavailable(Some(RETRY_AFTER)))
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
