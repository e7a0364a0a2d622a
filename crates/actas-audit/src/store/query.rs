use std::fmt;

use actas_store::StoreError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::scope::AuditScope;
use super::session::SessionStatus;
use super::statement::{Statement, Value};
use crate::time::Timestamp;

/// The most sessions or events of one page.
pub(super) const MAX_PAGE: u32 = 500;
const DEFAULT_PAGE: u32 = 50;

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
