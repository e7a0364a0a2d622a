use std::sync::Arc;
use std::time::Duration;

use super::error::RecordError;
use super::log::AuditLog;
use super::queue::{Of, What};
use super::sighting::{Sighting, seconds};
use crate::event::{RecordedActor, SessionStarted};
use crate::id::{SessionId, SessionIdentity};
use crate::time::Timestamp;

/// What an issuer tells of a session before anybody can use it.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// `iss` of its tokens.
    pub issuer: String,
    /// `sid` of its tokens: no other session of the issuer has, or had, the same.
    pub session_id: String,
    /// `sub` of its tokens: whom the actor acts as.
    pub user_id: String,
    /// Who acts, as its tokens say.
    pub actor: RecordedActor,
    /// `azp` of its tokens.
    pub authorized_party: Option<String>,
    /// The organisation that is active in it.
    pub organization_id: Option<String>,
    /// Why the actor acts: at most 2000 bytes.
    pub reason: Option<String>,
    /// The ticket that the reason refers to.
    pub ticket: Option<String>,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// After how long without a request it ends, in whole seconds. Where it is `None`, that of
    /// [`with_idle_limit`](crate::AuditLogBuilder::with_idle_limit).
    pub idle_limit: Option<Duration>,
    /// The claim `act` of its tokens: a JSON object.
    pub act: String,
}

impl AuditLog {
    /// Records that a session has been started, before anybody can use it. It is on disk once this returns.
    ///
    /// Its requests belong to it where their tokens say the same of issuer, `sid`, user, actor and organisation.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when the record holds the session already, or the database does not answer within the deadline: nothing
    /// may be started then.
    pub async fn start(&self, session: NewSession) -> Result<SessionId, RecordError> {
        let sighting = session.sighting(self.inner.idle_limit);
        let sighting = Arc::new(sighting.ok_or(RecordError::NotWritten)?);
        let id = sighting.session;
        self.inner.write(Of::Seen(sighting), What::Start).await?;
        Ok(id)
    }
}

impl NewSession {
    fn sighting(self, idle_limit: Option<u64>) -> Option<Sighting> {
        let session_key = format!("sid:{}", self.session_id);
        let id = SessionId::of(&SessionIdentity {
            issuer: &self.issuer,
            session_key: &session_key,
            user_id: &self.user_id,
            actor_issuer: &self.actor.issuer,
            actor_subject: &self.actor.subject,
            organization_id: self.organization_id.as_deref(),
        });
        let started = SessionStarted {
            issuer: self.issuer,
            session_key,
            session_id: Some(self.session_id),
            user_id: self.user_id,
            actor: self.actor,
            authorized_party: self.authorized_party,
            organization_id: self.organization_id,
            reason: self.reason,
            ticket: self.ticket,
            expires_at: self.ends_at,
            idle_limit: self.idle_limit.map(seconds).or(idle_limit),
        };
        Sighting::new(id, started, self.act)
    }
}
