use actas_audit::SessionId;
use actas_core::Direct;

use super::answer::Started;
use super::error::StartError;
use super::request::StartRequest;
use super::service::{Impersonations, Inner, stored};
use crate::policy::{Decision, Unavailable};
use crate::reason::help_desk_ticket;
use crate::session::SessionClaims;
use crate::store::{Begun, Limits, NewStart, Passed};
use crate::terms::Approval;
use crate::ticket;

impl Impersonations {
    /// Starts to act as a user. The actor is the verified caller; for one who is impersonated there is no `Direct`.
    ///
    /// What is asked for is judged in this order: its form, the caller's login, the policy, the user's consent, the limits.
    /// Then it waits to be approved, where that is set. Before there is a ticket, the start is in the record.
    ///
    /// # Errors
    ///
    /// [`StartError`]. Nothing has started then.
    pub async fn start(
        &self,
        actor: &Direct,
        request: StartRequest,
    ) -> Result<Started, StartError> {
        let inner = &self.inner;
        let terms = &inner.terms;
        let mut new = inner.asked(actor, request)?;
        let duration = new.duration;
        let now = inner.now()?;
        let claims = inner.allowed(actor, &new, now).await?;
        new.organization_id = claims.organization_id().map(str::to_owned);
        let id = inner.session(&new);

        let waits = terms.approval == Approval::SecondPerson;
        let lasts = if waits {
            i64::try_from(terms.approval_lifetime.as_secs()).unwrap_or(0)
        } else {
            duration
        };
        let times = (now, now.saturating_add(lasts));
        let limits = inner.limits(&new.user_id);
        let begun = inner.store.begin(id, &new, &limits, times, waits).await;
        passed(stored(begun)?)?;
        if waits {
            return Ok(Started::AwaitsApproval {
                id,
                expires_at: times.1,
            });
        }
        inner.record(id, &new, &claims, times).await
    }

    /// Starts what was [asked for](Self::start) and has been approved since. Its time begins now, and what stood against it
    /// then is asked for again.
    ///
    /// # Errors
    ///
    /// [`StartError`]: [`NotApproved`](StartError::NotApproved) unless the caller is the one who asked, and it was approved in
    /// time. Nothing has started then.
    pub async fn collect(&self, actor: &Direct, id: SessionId) -> Result<Started, StartError> {
        let inner = &self.inner;
        let now = inner.now()?;
        let start = stored(inner.store.start(id).await)?;
        let start = start.filter(|start| {
            start.new.actor() == actor.subject_key() && start.is_approved() && start.ends_at > now
        });
        let start = start.ok_or(StartError::NotApproved)?;
        let claims = inner.allowed(actor, &start.new, now).await?;
        if claims.organization_id() != start.new.organization_id.as_deref() {
            // It is another session than the one that was approved.
            return Err(StartError::NotApproved);
        }
        let times = (now, now.saturating_add(start.new.duration));
        let limits = inner.limits(&start.new.user_id);
        match stored(inner.store.collect(&start, &limits, times).await)? {
            Begun::Yes => (),
            Begun::NotApproved => return Err(StartError::NotApproved),
            Begun::Not(limit) => passed(limit)?,
        }
        inner.record(id, &start.new, &claims, times).await
    }
}

impl Inner {
    /// What is asked for, where its form is good.
    pub(super) fn asked(
        &self,
        actor: &Direct,
        request: StartRequest,
    ) -> Result<NewStart, StartError> {
        let reason = self.terms.reason(&request.reason);
        let reason = reason.ok_or(StartError::Reason)?;
        let ticket = request.ticket.as_deref();
        let ticket = ticket.map(|ticket| help_desk_ticket(ticket).ok_or(StartError::Ticket));
        let ticket = ticket.transpose()?;
        let duration = self.terms.duration(request.max_duration);
        let duration = duration.ok_or(StartError::MaxDuration)?;
        let session_id = ticket::session_id().map_err(|_| StartError::Unavailable)?;
        Ok(NewStart {
            session_id,
            actor_issuer: actor.issuer.to_string(),
            actor_subject: actor.user_id.to_string(),
            actor_session_id: actor.session_id.as_deref().map(str::to_owned),
            user_id: request.user_id,
            organization_id: None,
            reason: reason.to_owned(),
            ticket: ticket.map(str::to_owned),
            duration,
        })
    }

    /// What a token says besides, where neither the caller's login nor the policy stands against it.
    async fn allowed(
        &self,
        actor: &Direct,
        new: &NewStart,
        now: i64,
    ) -> Result<SessionClaims, StartError> {
        let claims = self.permitted(actor, new, now).await?;
        // Whatever would keep it from being redeemed is found before anything is recorded.
        let token = self.mint(new, claims.clone(), (now, new.duration))?;
        if !self.cookies.holds(&token) {
            return Err(StartError::TooLarge);
        }
        self.forget_ended(actor.subject_key(), now).await?;
        Ok(claims)
    }

    /// What a token says besides, where neither the caller's login nor the policy stands against it: whether it can be carried
    /// is not looked at.
    pub(super) async fn permitted(
        &self,
        actor: &Direct,
        new: &NewStart,
        now: i64,
    ) -> Result<SessionClaims, StartError> {
        if !self.terms.is_fresh(actor, now) {
            return Err(StartError::NotFresh);
        }
        let decision = self.policy.may_start(actor, &new.user_id, &new.reason);
        match decision.await {
            Decision::Allow => (),
            Decision::Refuse => {
                tracing::warn!("the policy refused the start of an impersonation");
                return Err(StartError::Refused);
            }
            Decision::Unavailable => return Err(StartError::Unavailable),
        }
        Ok(self.claims(&new.user_id, &new.session_id).await?)
    }

    pub(super) fn limits<'a>(&'a self, user_id: &'a str) -> Limits<'a> {
        Limits {
            starts_per_hour: self.terms.starts_per_hour.into(),
            concurrent_sessions: self.terms.concurrent_sessions.into(),
            consent_of: self.consent_of(user_id),
        }
    }
}

pub(super) fn passed(limit: Passed) -> Result<(), StartError> {
    match limit {
        Passed::Yes => Ok(()),
        Passed::NoConsent => Err(StartError::NoConsent),
        Passed::TooManyStarts(seconds) => Err(StartError::TooManyStarts {
            retry_after: u32::try_from(seconds).unwrap_or(u32::MAX),
        }),
        Passed::TooManySessions => Err(StartError::TooManySessions),
    }
}

impl From<Unavailable> for StartError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}
