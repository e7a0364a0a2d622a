use std::borrow::Cow;
use std::fmt;

use actas_store::{Arg, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::session::{COLUMNS, IDLE, REVOKED, SessionStatus};
use crate::cap;
use crate::time::Timestamp;

/// The most sessions or events of one page.
pub(super) const MAX_PAGE: u32 = 500;
const DEFAULT_PAGE: u32 = 50;

/// Whose sessions may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditScope {
    /// Nobody's.
    None,
    /// Those in which this organisation of this issuer is active.
    Organization {
        /// `iss`.
        issuer: String,
        /// The organisation, unique within the issuer.
        id: String,
    },
    /// Those of this user of this issuer.
    User {
        /// `iss`.
        issuer: String,
        /// `sub`.
        user_id: String,
    },
    /// Everybody's.
    All,
}

/// Which sessions to list. Every filter that is set must hold.
///
/// Texts are compared as they are recorded, exactly: longer ones than 512 bytes by their beginning and a hash of the whole.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SessionQuery {
    scope: Option<AuditScope>,
    user_id: Option<String>,
    actor: Option<String>,
    actor_issuer: Option<String>,
    organization_id: Option<String>,
    status: Option<SessionStatus>,
    started_after: Option<Timestamp>,
    started_before: Option<Timestamp>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// Where the next page begins, or `None` where this one is the last. Opaque.
    pub next: Option<String>,
    /// How many are left out of the page, since their rows cannot be read: another than the record wrote them. The log names
    /// them.
    pub unreadable: usize,
}

/// Why a page cannot be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageError {
    /// The cursor is none that a page named.
    Cursor,
    /// The database failed.
    Store(StoreError),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cursor => f.write_str("the cursor is none that a page named"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PageError {}

impl SessionQuery {
    /// The sessions within `scope`.
    pub fn new(scope: AuditScope) -> Self {
        Self {
            scope: Some(scope),
            ..Self::default()
        }
    }

    /// Those of this user, of whatever issuer. By default, those of all.
    pub fn with_user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Those in which the actor has this subject. By default, those of all.
    pub fn with_actor(mut self, subject: impl Into<String>) -> Self {
        self.actor = Some(subject.into());
        self
    }

    /// Those in which the actor is of this issuer. By default, those of all.
    pub fn with_actor_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.actor_issuer = Some(issuer.into());
        self
    }

    /// Those in which this organisation was active when they began. By default, those of all.
    pub fn with_organization_id(mut self, organization_id: impl Into<String>) -> Self {
        self.organization_id = Some(organization_id.into());
        self
    }

    /// Those that have this status now. By default, all.
    pub fn with_status(mut self, status: SessionStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Those first seen at this time or later. By default, all.
    pub fn with_started_after(mut self, time: Timestamp) -> Self {
        self.started_after = Some(time);
        self
    }

    /// Those first seen before this time. By default, all.
    pub fn with_started_before(mut self, time: Timestamp) -> Self {
        self.started_before = Some(time);
        self
    }

    /// At most this many a page, from 1 to 500. By default, 50.
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The page that begins where an earlier one said. By default, the first.
    pub fn with_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    pub(super) fn limit(&self) -> usize {
        let limit = self.limit.unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE);
        usize::try_from(limit).unwrap_or(1)
    }

    /// The statement, newest first, with one row more than the page takes.
    pub(super) fn statement(&self, now: Timestamp) -> Result<Statement<'_>, PageError> {
        let mut statement = Statement::sessions();
        statement.within(self.scope.as_ref().unwrap_or(&AuditScope::None));
        for (column, value) in [
            ("user_id", &self.user_id),
            ("actor_subject", &self.actor),
            ("actor_issuer", &self.actor_issuer),
            ("organization_id", &self.organization_id),
        ] {
            if let Some(value) = value {
                statement.and(column, "=", Value::id(value));
            }
        }
        if let Some(status) = self.status {
            statement.has(status, now);
        }
        if let Some(time) = self.started_after {
            statement.and("created_at", ">=", Value::Int(time.milliseconds()));
        }
        if let Some(time) = self.started_before {
            statement.and("created_at", "<", Value::Int(time.milliseconds()));
        }
        if let Some(cursor) = &self.cursor {
            let (at, id) = read_cursor(cursor).ok_or(PageError::Cursor)?;
            statement.before(at, &id);
        }
        statement.newest(self.limit());
        Ok(statement)
    }
}

/// A statement over sessions, put together from fixed parts: every value is an argument.
pub(super) struct Statement<'a> {
    pub(super) sql: String,
    values: Vec<Value<'a>>,
}

pub(super) enum Value<'a> {
    Text(&'a str),
    Owned(String),
    /// As the database holds it.
    Verbatim(String),
    Int(i64),
}

impl<'a> Value<'a> {
    /// An identifier, as the record holds it.
    pub(super) fn id(id: &'a str) -> Self {
        match cap::cut(id, cap::ID) {
            Cow::Borrowed(id) => Self::Text(id),
            Cow::Owned(id) => Self::Owned(id),
        }
    }
}

impl<'a> Statement<'a> {
    pub(super) fn sessions() -> Self {
        Self::select(COLUMNS)
    }

    /// These columns of sessions.
    pub(super) fn select(columns: &str) -> Self {
        Self {
            sql: format!("SELECT {columns} FROM sessions WHERE 1 = 1"),
            values: Vec::new(),
        }
    }

    pub(super) fn within(&mut self, scope: &'a AuditScope) {
        match scope {
            AuditScope::All => (),
            AuditScope::None => self.sql.push_str(" AND 1 = 0"),
            AuditScope::Organization { issuer, id } => {
                self.and("issuer", "=", Value::id(issuer));
                self.and("organization_id", "=", Value::id(id));
            }
            AuditScope::User { issuer, user_id } => {
                self.and("issuer", "=", Value::id(issuer));
                self.and("user_id", "=", Value::id(user_id));
            }
        }
    }

    pub(super) fn and(&mut self, column: &str, comparison: &str, value: Value<'a>) {
        let place = self.push(value);
        self.sql
            .extend([" AND ", column, " ", comparison, " ", &place]);
    }

    fn has(&mut self, status: SessionStatus, now: Timestamp) {
        let now = Value::Int(now.milliseconds());
        match status {
            SessionStatus::Active => {
                self.sql.push_str(" AND ended_at IS NULL");
                let now = self.push(now);
                self.sql.extend([
                    " AND expire_at >= ",
                    &now,
                    " AND (idle_limit IS NULL OR last_active_at + idle_limit >= ",
                    &now,
                    ")",
                ]);
            }
            SessionStatus::Expired => {
                let (now, idle) = (self.push(now), self.push(Value::Text(IDLE)));
                self.sql.extend([
                    " AND CASE WHEN ended_at IS NULL THEN expire_at < ",
                    &now,
                    " OR (idle_limit IS NOT NULL AND last_active_at + idle_limit < ",
                    &now,
                    ") ELSE end_reason = ",
                    &idle,
                    " END",
                ]);
            }
            SessionStatus::Ended => {
                self.sql.push_str(" AND ended_at IS NOT NULL");
                self.and("end_reason", "<>", Value::Text(REVOKED));
                self.and("end_reason", "<>", Value::Text(IDLE));
            }
            SessionStatus::Revoked => {
                self.sql.push_str(" AND ended_at IS NOT NULL");
                self.and("end_reason", "=", Value::Text(REVOKED));
            }
        }
    }

    fn before(&mut self, at: i64, id: &str) {
        let at = self.push(Value::Int(at));
        let id = self.push(Value::Verbatim(id.to_owned()));
        self.sql
            .extend([" AND (created_at, id) < (", &at, ", ", &id, ")"]);
    }

    fn newest(&mut self, limit: usize) {
        let limit = i64::try_from(limit).unwrap_or(1).saturating_add(1);
        let limit = self.push(Value::Int(limit));
        self.sql
            .extend([" ORDER BY created_at DESC, id DESC LIMIT ", &limit]);
    }

    pub(super) fn by_id(&mut self, limit: i64) {
        let limit = self.push(Value::Int(limit));
        self.sql.extend([" ORDER BY id LIMIT ", &limit]);
    }

    fn push(&mut self, value: Value<'a>) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    pub(super) fn args(&self) -> Vec<Arg<'_>> {
        let arg = |value| match value {
            &Value::Text(text) => Arg::Text(text),
            Value::Owned(text) => Arg::Text(text),
            Value::Verbatim(text) => Arg::Verbatim(text),
            &Value::Int(int) => Arg::Int(int),
        };
        self.values.iter().map(arg).collect()
    }
}

/// The place after a session, of which neither need be as the record writes it.
pub(super) fn cursor(created_at: i64, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("1 {created_at} {id}"))
}

fn read_cursor(cursor: &str) -> Option<(i64, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (at, id) = text.strip_prefix("1 ")?.split_once(' ')?;
    // No database holds it in a text.
    let id = Some(id).filter(|id| !id.contains('\0'))?;
    Some((at.parse().ok()?, id.to_owned()))
}
