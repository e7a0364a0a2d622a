use actas_store::{Arg, StoreError};

use super::log::AuditLog;
use super::query::{AuditScope, MAX_PAGE, Page, PageError, SessionQuery, Statement, Value, cursor};
use super::session::Session;
use super::state::number;
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
    /// Sessions that begin while pages are read stand before the first page: none is on two pages, and none is left out.
    ///
    /// # Errors
    ///
    /// [`PageError`] when the query's cursor is none, or the database fails.
    pub async fn sessions(&self, query: &SessionQuery) -> Result<Page<Session>, PageError> {
        let now = self.now();
        let statement = query.statement(now)?;
        let items = self.read(statement, now).await;
        let mut items = items.map_err(|error| PageError::Store(StoreError::of(&error)))?;
        let is_last = items.len() <= query.limit();
        items.truncate(query.limit());
        let last = items.last().filter(|_| !is_last);
        let next = last.map(|session| cursor(session.created_at, session.id));
        Ok(Page { items, next })
    }

    /// One session, if the record holds it within `scope`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn session(
        &self,
        scope: &AuditScope,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError> {
        let mut statement = Statement::sessions();
        statement.within(scope);
        statement.and("id", "=", Value::Owned(id.to_string()));
        let found = self.read(statement, self.now()).await;
        let found = found.map_err(|error| StoreError::of(&error))?;
        Ok(found.into_iter().next())
    }

    /// The sessions that `issuer` knows by this one key.
    pub(super) async fn with_key(
        &self,
        issuer: &str,
        session_key: &str,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut statement = Statement::sessions();
        statement.and("issuer", "=", Value::id(issuer));
        statement.and("session_key", "=", Value::id(session_key));
        let found = self.read(statement, self.now()).await;
        let found = found.map_err(|error| StoreError::of(&error))?;
        Ok(found.into_iter().map(|session| session.id).collect())
    }

    /// The events of a session after the one numbered `after`, at most `limit` of them, which is at most 500. None where the
    /// session is not in the record within `scope`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
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
            let event = |row: &actas_store::Row| {
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

    async fn read(
        &self,
        statement: Statement<'_>,
        now: Timestamp,
    ) -> Result<Vec<Session>, sqlx::Error> {
        let mut connection = self.inner.database.reader().await?;
        let sql = sqlx::AssertSqlSafe(statement.sql.as_str());
        let rows = connection.fetch(sql, &statement.args()).await?;
        rows.iter().map(|row| Session::read(row, now)).collect()
    }

    /// Where the clock cannot tell the time, no session counts as expired.
    fn now(&self) -> Timestamp {
        let never = Timestamp::from_milliseconds(i64::MIN);
        self.inner.queue.time.now().unwrap_or(never)
    }
}
