use actas_core::AuditContext;
use actas_store::StoreError;
use tokio::time::timeout;

use super::error::RecordError;
use super::log::{AuditLog, Inner};
use super::notice;
use super::queue::{Answer, Message, Of, What, Write};
use super::revocation::Revocation;
use crate::event::{EventKind, SessionEnded};
use crate::id::{EventId, SessionId};

/// What became of a stop. It has taken effect, whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// Whether the record says that the session has ended.
    ///
    /// It does not yet where the database does not answer: the end is written once it does, unless the process ends before. And
    /// it never will where the record holds no such session: the end is in the memory of this process alone then.
    pub recorded: bool,
}

impl AuditLog {
    /// Ends the session of this context at once: in this process before it returns, whether the database answers or not, and in
    /// the record, and so everywhere, once it does.
    ///
    /// An issuer's session is several in the record where it serves several users, actors or organisations: the others go on, and
    /// so does a token that names another organisation. [Revoke](Self::revoke) the session where its issuer gives such tokens.
    ///
    /// It waits for its record until the deadline, and never for capacity. The word of an end that is recorded stays: a second
    /// stop writes nothing.
    pub async fn stop(&self, context: &AuditContext, reason: impl Into<String>) -> Stopped {
        let session = SessionId::of(&context.into());
        self.inner.end(session, reason.into());
        let recorded = timeout(self.inner.deadline, self.inner.memory.settled(session)).await;
        Stopped {
            recorded: recorded.unwrap_or(false),
        }
    }

    /// Records that a session has ended: `stopped`, `revoked`, `signed_out`, or another word. It never goes on, and the word is
    /// kept that was recorded first.
    ///
    /// `session_key` is the text form of core's `SessionKey`. An issuer's session is several in the record where it served several
    /// users, actors or organisations: all of them end, and their ids are returned. A further one may begin: to rule that out,
    /// [revoke](Self::revoke) the session.
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
        let sessions = self.with_key(issuer, session_key).await;
        let sessions = sessions.map_err(|_| RecordError::NotWritten)?;
        if sessions.is_empty() {
            return Err(RecordError::UnknownSession);
        }
        let reason = reason.into();
        for session in &sessions {
            self.inner.end(*session, reason.clone());
        }
        let settled = async {
            for session in &sessions {
                if !self.inner.memory.settled(*session).await {
                    return Err(RecordError::NotWritten);
                }
            }
            Ok(())
        };
        match timeout(self.inner.deadline, settled).await {
            Ok(settled) => settled.map(|()| sessions),
            Err(_) => Err(RecordError::NotWritten),
        }
    }

    /// Revokes sessions, for good: `by` is who does so, and `reason` why, at most 2000 bytes.
    ///
    /// It is on disk once this returns, and no request of a revoked session runs afterwards, in whatever process: each is held
    /// against it in the transaction that would record it. A session that is in the record began before it, and is revoked.
    /// One that is seen for the first time may have begun before as well: it is revoked where that is no longer ago than
    /// [the longest session](crate::AuditLogBuilder::with_longest_session), and at any time where it is itself the one that was
    /// revoked. A session whose [start](Self::start) is recorded afterwards is free: whether one may start is for the
    /// application to decide.
    ///
    /// What is written is a row that the database refuses to change. It is not signed: what is, is the end of each session that
    /// was revoked, `session_ended` with the reason `revoked`. It is written at once for those that are open, for which
    /// this waits until the deadline, else with the next sweep or the next request.
    ///
    /// # Errors
    ///
    /// [`RecordError::NotWritten`] when the database does not answer within the deadline.
    pub async fn revoke(
        &self,
        revocation: &Revocation,
        by: Option<&str>,
        reason: &str,
    ) -> Result<(), RecordError> {
        let now = self.inner.queue.time.now().ok_or(RecordError::NotWritten)?;
        let write = async {
            let mut connection = self.inner.database.writer().await?;
            connection.begin().await?;
            revocation.insert(&mut connection, now, by, reason).await?;
            notice::tell(&mut connection).await?;
            connection.commit().await
        };
        let written = timeout(self.inner.deadline, write).await;
        written
            .map_err(|_| RecordError::NotWritten)?
            .map_err(|error: sqlx::Error| {
                let error = StoreError::of(&error);
                tracing::error!(%error, "a revocation cannot be recorded");
                RecordError::NotWritten
            })?;
        // What it leaves, the next does.
        let _ = timeout(self.inner.deadline, self.sweep()).await;
        Ok(())
    }
}

impl Inner {
    /// Ends a session in memory, and has its end written, unless that is on its way.
    fn end(&self, session: SessionId, reason: String) {
        let now = self.queue.time.now();
        let until = now.map_or(i64::MAX, |now| {
            now.milliseconds().saturating_add(self.longest)
        });
        let (Some(pending), Some(at), Ok(id)) =
            (self.memory.end(session, until), now, EventId::random())
        else {
            return;
        };
        self.queue.send(Message::Write(Box::new(Write {
            of: Of::Known(session),
            id,
            at,
            what: What::Event(EventKind::SessionEnded(SessionEnded { reason })),
            answer: Answer::Nobody,
            // Of each session one end is on its way at most.
            slot: None,
            may_exist: false,
            pending: Some(pending),
        })));
    }
}
