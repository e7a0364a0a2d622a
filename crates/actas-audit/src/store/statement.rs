use std::borrow::Cow;

use actas_store::Arg;

use super::scope::AuditScope;
use super::session::{COLUMNS, IDLE, REVOKED, SessionStatus};
use crate::cap;
use crate::time::Timestamp;

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

    pub(super) fn has(&mut self, status: SessionStatus, now: Timestamp) {
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

    pub(super) fn before(&mut self, at: i64, id: &str) {
        let at = self.push(Value::Int(at));
        let id = self.push(Value::Verbatim(id.to_owned()));
        self.sql
            .extend([" AND (created_at, id) < (", &at, ", ", &id, ")"]);
    }

    pub(super) fn newest(&mut self, limit: usize) {
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
