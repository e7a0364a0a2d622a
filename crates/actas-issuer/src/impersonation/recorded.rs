use actas_audit::{
    AuditScope, NewSession, RecordedActor, RecordedActorKind, SessionId, SessionIdentity,
    SessionStatus, Timestamp,
};
use actas_core::SubjectKey;

use super::answer::Started;
use super::error::StartError;
use super::minted::actor;
use super::service::{Inner, stored};
use crate::policy::Unavailable;
use crate::session::{ActorClaim, SessionClaims};
use crate::store::NewStart;
use crate::terms::Consent;
use crate::ticket::{Binding, Ticket};

impl Inner {
    /// What the record will know the session by.
    pub(super) fn session(&self, new: &NewStart) -> SessionId {
        SessionId::of(&SessionIdentity {
            issuer: self.issuer.url(),
            session_key: &new.session_key(),
            user_id: &new.user_id,
            actor_issuer: &new.actor_issuer,
            actor_subject: &new.actor_subject,
            organization_id: new.organization_id.as_deref(),
        })
    }

    /// Whose consent is needed.
    pub(super) fn consent_of<'a>(&'a self, user_id: &'a str) -> Option<SubjectKey<'a>> {
        match self.terms.consent {
            Consent::NotNeeded => None,
            Consent::OnRecord => Some(SubjectKey::new(&self.users, user_id)),
        }
    }

    /// Counts the actor's sessions no longer that have ended: the record says which.
    pub(super) async fn forget_ended(
        &self,
        actor: SubjectKey<'_>,
        now: i64,
    ) -> Result<(), Unavailable> {
        for start in stored(self.store.running_of(actor, now).await)? {
            let session = self.log.session(&AuditScope::All, start.id).await;
            let session = session.map_err(|error| {
                tracing::error!(%error, "the record cannot be read");
                Unavailable
            })?;
            if session.is_some_and(|session| session.status != SessionStatus::Active) {
                stored(self.store.has_ended(start.id).await)?;
            }
        }
        Ok(())
    }

    /// Records a start, and then gives it a ticket: nobody can use a session that is not recorded.
    pub(super) async fn record(
        &self,
        id: SessionId,
        new: &NewStart,
        claims: &SessionClaims,
        (now, ends_at): (i64, i64),
    ) -> Result<Started, StartError> {
        let session = self.new_session(new, claims, &actor(new), ends_at);
        self.write_start(id, session).await?;
        let given = self.give(id, (now, ends_at)).await;
        if given.is_err() {
            let _ = stored(self.store.take_back(id).await);
        }
        given
    }

    /// What the record is told of a session in which the actor of `act` acts.
    pub(super) fn new_session(
        &self,
        new: &NewStart,
        claims: &SessionClaims,
        act: &ActorClaim,
        ends_at: i64,
    ) -> NewSession {
        NewSession {
            issuer: self.issuer.url().to_owned(),
            session_id: new.session_id.clone(),
            user_id: new.user_id.to_string(),
            actor: RecordedActor {
                issuer: new.actor_issuer.clone(),
                token_issuer: self.issuer.url().to_owned(),
                subject: new.actor_subject.clone(),
                kind: RecordedActorKind::Human,
                session_id: new.actor_session_id.clone(),
                prior: Vec::new(),
            },
            authorized_party: claims.authorized_party().map(str::to_owned),
            organization_id: new.organization_id.clone(),
            reason: Some(new.reason.clone()),
            ticket: new.ticket.clone(),
            ends_at: Timestamp::from_seconds(ends_at),
            idle_limit: Some(self.terms.idle_limit),
            act: act.value().to_string(),
        }
    }

    /// Writes a start into the record, or takes it back.
    pub(super) async fn write_start(
        &self,
        id: SessionId,
        session: NewSession,
    ) -> Result<(), StartError> {
        if let Err(error) = self.log.start(session).await {
            tracing::error!(session = %id, %error, "an impersonation was not recorded, and does not start");
            // Where this fails too, the start is given up after a while.
            let _ = stored(self.store.take_back(id).await);
            return Err(StartError::Unavailable);
        }
        Ok(())
    }

    async fn give(&self, id: SessionId, (now, ends_at): (i64, i64)) -> Result<Started, StartError> {
        let random = Ticket::random().and_then(|ticket| Ok((ticket, Binding::random()?)));
        let (ticket, binding) = random.map_err(|error| {
            tracing::error!(%error, "there is no ticket");
            StartError::Unavailable
        })?;
        let lifetime = i64::try_from(self.terms.ticket_lifetime.as_secs()).unwrap_or(0);
        let expires_at = now.saturating_add(lifetime).min(ends_at);
        let given = self.store.give(id, &ticket, &binding, expires_at).await;
        match stored(given) {
            Ok(true) => {
                tracing::info!(session = %id, "an impersonation has started");
                Ok(Started::Ticket {
                    cookie: self.cookies.bind(&binding, lifetime),
                    ticket,
                    binding,
                    expires_at,
                    session: id,
                    ends_at,
                })
            }
            // It was revoked, or consent was withdrawn, in the meantime.
            Ok(false) => Err(StartError::Refused),
            Err(Unavailable) => Err(StartError::Unavailable),
        }
    }
}
