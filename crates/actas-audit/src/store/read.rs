use actas_store::{Arg, Row, StoreError};

use super::log::AuditLog;
use super::query::{MAX_PAGE, Page, PageError, SessionQuery, cursor};
use super::scope::AuditScope;
use super::session::{self, Session};
use super::state::number;
use super::statement::{Statement, Value};
use crate::body_error::BodyError;
use crate::event::Event;
use crate::hash::Hash;
use crate::id::SessionId;
use crate::time::Timestamp;

/// An event, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredEvent {
    /// Its number within the session, from 1.
    pub seq: u64,
    /// The text that is hashed.
    pub body: String,
    /// Its hash, as it is stored.
    pub hash: Hash,
}

impl StoredEvent {
    /// What it says.
    ///
    /// # Errors
    ///
    /// [`BodyError`] when it was changed into what is no event.
    pub fn event(&self) -> Result<Event, BodyError> {
        Event::from_body(&self.body)
    }
}

impl AuditLog {
    /// Sessions, the newest first.
    ///
    /// Sessions that begin while pages are read stand before the first page: none is on two pages, and none is left out but
    /// those whose rows [cannot be read](Page::unreadable).
    ///
    /// # Errors
    ///
    /// [`PageError`] when the query's cursor is none, or the database fails.
    pub async fn sessions(&self, query: &SessionQuery) -> Result<Page<Session>, PageError> {
        let failed = |error| PageError::Store(StoreError::of(&error));
        let now = self.now();
        let statement = query.statement(now)?;
        let mut rows = self.rows(&statement).await.map_err(failed)?;
        let is_last = rows.len() <= query.limit();
        rows.truncate(query.limit());
        let last = rows.last().filter(|_| !is_last);
        let last = last.map(session::place).transpose().map_err(failed)?;
        let items: Vec<Session> = rows.iter().filter_map(|row| readable(row, now)).collect();
        Ok(Page {
            next: last.map(|(created_at, id)| cursor(created_at, &id)),
            unreadable: rows.len().saturating_sub(items.len()),
            items,
        })
    }

    /// One session, if the record holds it within `scope`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails, or the session's row cannot be read.
    pub async fn session(
        &self,
        scope: &AuditScope,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError> {
        let mut statement = Statement::sessions();
        statement.within(scope);
        statement.and("id", "=", Value::Owned(id.to_string()));
        let now = self.now();
        let found = self.rows(&statement).await;
        let found =
            found.and_then(|rows| rows.first().map(|row| Session::read(row, now)).transpose());
        found.map_err(|error| StoreError::of(&error))
    }

    /// The sessions that `issuer` knows by this one key.
    pub(super) async fn with_key(
        &self,
        issuer: &str,
        session_key: &str,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut statement = Statement::select("id");
        statement.and("issuer", "=", Value::id(issuer));
        statement.and("session_key", "=", Value::id(session_key));
        let rows = async {
            let mut connection = self.inner.database.spare_reader().await?;
            let sql = sqlx::AssertSqlSafe(statement.sql.as_str());
            connection.fetch(sql, &statement.args()).await
        };
        let rows = rows.await.map_err(|error| StoreError::of(&error))?;
        // What has no session's id is no session that goes on.
        let id = |row: &Row| row.verbatim(0).ok()?.parse().ok();
        Ok(rows.iter().filter_map(id).collect())
    }

    /// The events of a session after the one numbered `after`, at most `limit` of them, which is from 1 to 500. None where the
    /// session is not in the record within `scope`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails, or a row cannot be read.
    pub async fn events(
        &self,
        scope: &AuditScope,
        id: SessionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        const SELECT: &str = "SELECT seq, body, hash FROM events
            WHERE session = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        if self.session(scope, id).await?.is_none() {
            return Ok(Vec::new());
        }
        let read = async {
            let mut connection = self.inner.database.reader().await?;
            let id = id.to_string();
            let limit = i64::from(limit.clamp(1, MAX_PAGE));
            let args = [Arg::Verbatim(&id), Arg::Int(number(after)), Arg::Int(limit)];
            let rows = connection.fetch(SELECT, &args).await?;
            let event = |row: &Row| {
                Ok(StoredEvent {
                    seq: row.count(0)?,
                    body: row.verbatim(1)?,
                    hash: Hash::from_bytes(row.array(2)?),
                })
            };
            rows.iter().map(event).collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(|error| StoreError::of(&error))
    }

    async fn rows(&self, statement: &Statement<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let mut connection = self.inner.database.reader().await?;
        let sql = sqlx::AssertSqlSafe(statement.sql.as_str());
        connection.fetch(sql, &statement.args()).await
    }

    /// Where the clock cannot tell the time, no session counts as expired.
    fn now(&self) -> Timestamp {
        let never = Timestamp::from_milliseconds(i64::MIN);
        self.inner.queue.time.now().unwrap_or(never)
    }
}

/// A session of the list. One whose row cannot be read keeps no other from being listed: the log is told.
fn readable(row: &Row, now: Timestamp) -> Option<Session> {
    let read = Session::read(row, now);
    read.inspect_err(|error| {
        tracing::error!(
            session = row.verbatim(0).ok(),
            error = %StoreError::of(error),
            "the row of a session cannot be read: it is left out of a list"
        );
    })
    .ok()
}
