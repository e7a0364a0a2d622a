use std::collections::VecDeque;
use std::fmt;

use actas_store::{Arg, Connection, Database, Row, StoreError};

use super::error::JudgeError;
use super::log::AuditLog;
use super::reader::RecordReader;
use super::scope::AuditScope;
use super::statement::{Statement, Value};
use crate::event::{Event, EventKind, Request, SessionStarted};
use crate::export::{About, ExportFormat};
use crate::id::{EventId, SessionId};
use crate::verify::{Finding, Place, Problem};

/// Rows that are held in memory at a time.
const PAGE: i64 = 256;

/// Events of one state of the database as lines of JSON, session by session. It holds a connection until it is dropped.
#[must_use]
pub struct ExportedEvents {
    /// Within the transaction that reads one state.
    connection: Connection,
    scope: AuditScope,
    format: ExportFormat,
    /// The sessions that come next, and the last of them.
    sessions: VecDeque<String>,
    last: String,
    current: Option<Current>,
}

/// The session whose events come now.
struct Current {
    session: String,
    id: SessionId,
    rows: VecDeque<Row>,
    after: i64,
    started: Option<SessionStarted>,
    /// The request that was asked for last.
    request: Option<(EventId, Request)>,
}

impl AuditLog {
    /// The events of the sessions within `scope`, as they are now, for systems that read `format`: in constant memory.
    ///
    /// ```no_run
    /// # async fn example(log: actas_audit::AuditLog, mut file: impl std::io::Write) -> Result<(), Box<dyn std::error::Error>> {
    /// use actas_audit::{AuditScope, ExportFormat};
    ///
    /// let mut events = log.export(AuditScope::All, ExportFormat::Ocsf).await?;
    /// while let Some(line) = events.next().await? {
    ///     file.write_all(&line)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn export(
        &self,
        scope: AuditScope,
        format: ExportFormat,
    ) -> Result<ExportedEvents, StoreError> {
        ExportedEvents::of(&self.inner.database, scope, format).await
    }
}

impl RecordReader {
    /// The same as [`AuditLog::export`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn export(
        &self,
        scope: AuditScope,
        format: ExportFormat,
    ) -> Result<ExportedEvents, StoreError> {
        ExportedEvents::of(&self.database, scope, format).await
    }
}

impl ExportedEvents {
    async fn of(
        database: &Database,
        scope: AuditScope,
        format: ExportFormat,
    ) -> Result<Self, StoreError> {
        let connection = async {
            let mut connection = database.reader().await?;
            connection.begin_snapshot().await?;
            Ok(connection)
        };
        let connection: Result<Connection, sqlx::Error> = connection.await;
        Ok(Self {
            connection: connection.map_err(|error| StoreError::of(&error))?,
            scope,
            format,
            sessions: VecDeque::new(),
            last: String::new(),
            current: None,
        })
    }

    /// The next event, as a line with its end, or `None` after the last.
    ///
    /// # Errors
    ///
    /// [`JudgeError::Finding`] when what is stored is no event, or a session has no start, and [`JudgeError::Store`] when the
    /// database fails. That a record holds is not judged here.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, JudgeError> {
        loop {
            if let Some(current) = &mut self.current {
                let line = current.next(&mut self.connection, self.format).await?;
                if line.is_some() {
                    return Ok(line);
                }
            }
            let Some(session) = self.next_session().await.map_err(failed)? else {
                return Ok(None);
            };
            self.current = Some(Current::new(session)?);
        }
    }

    async fn next_session(&mut self) -> Result<Option<String>, sqlx::Error> {
        const OF_EVENTS: &str =
            "SELECT DISTINCT session FROM events WHERE session > $1 ORDER BY session LIMIT $2";
        if self.sessions.is_empty() {
            let rows = if self.scope == AuditScope::All {
                // Also those that are not in the list.
                let args = [Arg::Verbatim(&self.last), Arg::Int(PAGE)];
                self.connection.fetch(OF_EVENTS, &args).await?
            } else {
                let mut statement = Statement::select("id");
                statement.within(&self.scope);
                statement.and("id", ">", Value::Verbatim(self.last.clone()));
                statement.by_id(PAGE);
                let sql = sqlx::AssertSqlSafe(statement.sql.as_str());
                self.connection.fetch(sql, &statement.args()).await?
            };
            let sessions = rows.iter().map(|row| row.verbatim(0));
            self.sessions = sessions.collect::<Result<_, _>>()?;
        }
        let next = self.sessions.pop_front();
        if let Some(session) = &next {
            self.last.clone_from(session);
        }
        Ok(next)
    }
}

impl Current {
    fn new(session: String) -> Result<Self, JudgeError> {
        let id = session.parse();
        let id = id.map_err(|_| JudgeError::Finding(Finding::new(Place::Record, Problem::Row)))?;
        Ok(Self {
            session,
            id,
            rows: VecDeque::new(),
            after: 0,
            started: None,
            request: None,
        })
    }

    async fn next(
        &mut self,
        connection: &mut Connection,
        format: ExportFormat,
    ) -> Result<Option<Vec<u8>>, JudgeError> {
        const SELECT: &str = "SELECT seq, body FROM events
            WHERE session = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        if self.rows.is_empty() {
            let args = [
                Arg::Verbatim(&self.session),
                Arg::Int(self.after),
                Arg::Int(PAGE),
            ];
            self.rows = connection
                .fetch(SELECT, &args)
                .await
                .map_err(failed)?
                .into();
        }
        let Some(row) = self.rows.pop_front() else {
            return Ok(None);
        };
        self.after = row.int(0).map_err(failed)?;
        let found = |problem| {
            let (session, seq) = (self.id, self.after.unsigned_abs());
            JudgeError::Finding(Finding::new(Place::Event { session, seq }, problem))
        };
        let body = row.verbatim(1).map_err(failed)?;
        let event = Event::from_body(&body).map_err(|error| found(Problem::Body(error)))?;
        if event.session != self.id {
            return Err(found(Problem::Row));
        }
        if self.started.is_none() {
            let EventKind::SessionStarted(started) = &event.kind else {
                return Err(found(Problem::Start));
            };
            self.started = Some(started.clone());
        }
        let of = match &event.kind {
            EventKind::Outcome(outcome) => Some(outcome.of),
            EventKind::Action(action) => action.of,
            _ => None,
        };
        if let Some(of) = of {
            self.look_up(connection, of).await.map_err(failed)?;
        }
        let line = self.written(&event, of, format);
        if let EventKind::Request(request) = event.kind {
            self.request = Some((event.id, request));
        }
        line.map(Some)
    }

    /// Has the request at hand by which the session knows `id`, if there is one. That of another session is none of its own.
    async fn look_up(
        &mut self,
        connection: &mut Connection,
        id: EventId,
    ) -> Result<(), sqlx::Error> {
        const SELECT: &str = "SELECT body FROM events WHERE id = $1 AND session = $2";
        if self.request.as_ref().is_some_and(|(known, _)| *known == id) {
            return Ok(());
        }
        let of = id.to_string();
        let args = [Arg::Verbatim(&of), Arg::Verbatim(&self.session)];
        let row = connection.fetch_optional(SELECT, &args).await?;
        let body = row.map(|row| row.verbatim(0)).transpose()?;
        let event = body.and_then(|body| Event::from_body(&body).ok());
        if let Some(EventKind::Request(request)) = event.map(|event| event.kind) {
            self.request = Some((id, request));
        }
        Ok(())
    }

    fn written(
        &self,
        event: &Event,
        of: Option<EventId>,
        format: ExportFormat,
    ) -> Result<Vec<u8>, JudgeError> {
        let place = Place::Session(self.id);
        let started = self.started.as_ref();
        let started = started.ok_or(JudgeError::Finding(Finding::new(place, Problem::Start)))?;
        let request = self.request.as_ref().filter(|(id, _)| Some(*id) == of);
        let about = About {
            started,
            request: request.map(|(_, request)| request),
        };
        let mut line = Vec::new();
        let written = format.write(&mut line, event, &about);
        written.map_err(|error| JudgeError::Store(StoreError::new(error.to_string())))?;
        Ok(line)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where errors are mapped"
)]
fn failed(error: sqlx::Error) -> JudgeError {
    JudgeError::Store(StoreError::of(&error))
}

impl fmt::Debug for ExportedEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedEvents").finish_non_exhaustive()
    }
}
