use std::time::Duration;

use actas_audit::SessionId;
use actas_core::SubjectKey;
use actas_store::{Row, decode};

use crate::policy::PendingStart;
use crate::user_id::UserId;

/// A start, as it stands in its row.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) id: SessionId,
    pub(crate) new: NewStart,
    pub(crate) created_at: i64,
    pub(crate) ends_at: i64,
    state: String,
    pub(crate) end_reason: Option<String>,
}

/// Who wants to act as whom, and why.
#[derive(Clone, Debug)]
pub(crate) struct NewStart {
    /// `sid`
    pub(crate) session_id: String,
    pub(crate) actor_issuer: String,
    pub(crate) actor_subject: String,
    pub(crate) actor_session_id: Option<String>,
    pub(crate) user_id: UserId,
    pub(crate) organization_id: Option<String>,
    pub(crate) reason: String,
    /// Of the help desk.
    pub(crate) ticket: Option<String>,
    /// In seconds.
    pub(crate) duration: i64,
}

/// The columns that [`Start::read`] reads, in its order.
pub(super) const COLUMNS: &str =
    "id, session_id, actor_issuer, actor_subject, actor_session_id, user_id,
    organization_id, reason, ticket, duration, created_at, ends_at, state, end_reason";

impl Start {
    pub(super) fn read(row: &Row) -> Result<Self, sqlx::Error> {
        let user_id = UserId::try_from(row.text(5)?).map_err(|error| decode(5, error))?;
        Ok(Self {
            id: row.text(0)?.parse().map_err(|error| decode(0, error))?,
            new: NewStart {
                session_id: row.text(1)?,
                actor_issuer: row.text(2)?,
                actor_subject: row.text(3)?,
                actor_session_id: row.optional_text(4)?,
                user_id,
                organization_id: row.optional_text(6)?,
                reason: row.text(7)?,
                ticket: row.optional_text(8)?,
                duration: row.int(9)?,
            },
            created_at: row.int(10)?,
            ends_at: row.int(11)?,
            state: row.text(12)?,
            end_reason: row.optional_text(13)?,
        })
    }

    pub(super) fn read_all(rows: &[Row]) -> Result<Vec<Self>, sqlx::Error> {
        rows.iter().map(Self::read).collect()
    }

    pub(crate) fn is_approved(&self) -> bool {
        self.state == "approved"
    }

    pub(crate) fn pending(&self) -> PendingStart {
        let new = &self.new;
        PendingStart {
            id: self.id,
            actor_issuer: new.actor_issuer.clone(),
            actor_subject: new.actor_subject.clone(),
            user_id: new.user_id.clone(),
            reason: new.reason.clone(),
            ticket: new.ticket.clone(),
            max_duration: Duration::from_secs(u64::try_from(new.duration).unwrap_or(0)),
            created_at: self.created_at,
            expires_at: self.ends_at,
        }
    }
}

impl NewStart {
    pub(crate) fn actor(&self) -> SubjectKey<'_> {
        SubjectKey::new(&self.actor_issuer, &self.actor_subject)
    }

    /// What core's `SessionKey` prints of the session.
    pub(crate) fn session_key(&self) -> String {
        format!("sid:{}", self.session_id)
    }
}
