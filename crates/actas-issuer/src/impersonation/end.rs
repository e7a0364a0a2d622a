use std::time::Duration;

use actas_audit::{RecordError, Revocation, Stopped};
use actas_core::{AuditContext, Direct, SessionToEnd};
use tokio::time::timeout;

use super::error::RevokeError;
use super::service::{Impersonations, Inner, stored};
use crate::policy::{Decision, Unavailable};
use crate::store::Start;

const STOPPED: &str = "stopped";
const REVOKED: &str = "revoked";
/// Why a session ends whose user's consent has run out.
const CONSENT_EXPIRED: &str = "consent_expired";

/// How long the policy may take over one session that runs.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

impl Impersonations {
    /// Ends an impersonated session, of this issuer or another, which [`session_to_end`](actas_core::Verifier::session_to_end)
    /// has found. It cannot fail, and a second stop changes nothing: in this process it has taken effect when this returns.
    ///
    /// Whatever became of it, the answer deletes the impersonation cookie: [`Cookies::clear`](crate::Cookies::clear).
    pub async fn stop(&self, ended: &SessionToEnd) -> Stopped {
        self.inner
            .log
            .stop(&AuditContext::from(ended), STOPPED)
            .await
    }

    /// Revokes what the policy lets the caller revoke: sessions of this issuer and of others, from the next request on, in
    /// whatever process; starts that wait, and tickets. The reason is as long as that of a start. Later starts are the
    /// policy's to refuse.
    ///
    /// The record says who has done so, by issuer and user with a space between them, and why.
    ///
    /// # Errors
    ///
    /// [`RevokeError`].
    pub async fn revoke(
        &self,
        who: &Direct,
        what: &Revocation,
        reason: &str,
    ) -> Result<(), RevokeError> {
        let inner = &self.inner;
        let reason = inner.may_revoke(who, what, reason).await?;
        let now = inner.now()?;
        // What waits or has a ticket is over before the record is told: nothing slips in between.
        let ended = stored(inner.store.revoke(what, now, REVOKED).await);
        let by = format!("{} {}", who.issuer, who.user_id);
        let revoked = inner.log.revoke(what, Some(&by), reason).await;
        revoked.map_err(|_| RevokeError::Unavailable)?;
        ended?;
        tracing::warn!("impersonation was revoked");
        // The record has ended what runs: what it is told besides can wait.
        let _ = inner.tell_ends(now).await;
        Ok(())
    }

    /// Whether [`revoke`](Self::revoke) would be let: for what must be looked up before it.
    ///
    /// # Errors
    ///
    /// [`RevokeError`].
    pub async fn may_revoke(
        &self,
        who: &Direct,
        what: &Revocation,
        reason: &str,
    ) -> Result<(), RevokeError> {
        self.inner.may_revoke(who, what, reason).await.map(drop)
    }

    /// Asks the policy of each session that runs whether it may go on, and revokes those that may not. A policy that has not
    /// answered within 10 seconds is asked again the next time. What runs on a consent ends where that has run out. What was
    /// to be ended, and could not be recorded before, is; rows that have been of no use for a day are removed.
    ///
    /// It happens by itself each minute, or as is set.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the database or the record cannot be had: it is tried again.
    pub async fn recheck(&self) -> Result<(), Unavailable> {
        let inner = &self.inner;
        let now = inner.now()?;
        for start in stored(inner.store.running(now).await)? {
            if inner.asked_again(&start).await == Decision::Refuse {
                tracing::warn!(session = %start.id, "the policy ends an impersonation");
                stored(inner.store.end(start.id, REVOKED).await)?;
            }
        }
        let unconsented = inner
            .store
            .end_unconsented(&inner.users, now, CONSENT_EXPIRED);
        stored(unconsented.await)?;
        stored(inner.store.end_abandoned(now).await)?;
        inner.tell_ends(now).await?;
        stored(inner.store.remove_old(now).await)
    }
}

impl Inner {
    /// Whether a session that runs may go on. A policy that panics or hangs over one has said nothing of the others.
    async fn asked_again(&self, start: &Start) -> Decision {
        let (policy, new) = (self.policy.clone(), start.new.clone());
        let asked = async move {
            let answer = policy.may_continue(new.actor(), &new.user_id);
            timeout(ANSWER_WITHIN, answer).await
        };
        let fault = match tokio::spawn(asked).await {
            Ok(Ok(decision)) => return decision,
            Ok(Err(_)) => "the policy does not answer for an impersonation, which goes on",
            Err(_) => "the policy panicked over an impersonation, which goes on",
        };
        tracing::error!(session = %start.id, "{fault}");
        Decision::Unavailable
    }

    /// The reason as it is recorded, where the caller may revoke it.
    async fn may_revoke<'r>(
        &self,
        who: &Direct,
        what: &Revocation,
        reason: &'r str,
    ) -> Result<&'r str, RevokeError> {
        let reason = self.terms.reason(reason).ok_or(RevokeError::Reason)?;
        match self.policy.may_revoke(who, what).await {
            Decision::Allow => Ok(reason),
            Decision::Unavailable => Err(RevokeError::Unavailable),
            Decision::Refuse => {
                tracing::warn!("a revocation was refused");
                Err(RevokeError::Refused)
            }
        }
    }

    /// Tells the record what has ended, as far as it does not know.
    pub(super) async fn tell_ends(&self, now: i64) -> Result<(), Unavailable> {
        let mut told = Ok(());
        for start in stored(self.store.ending().await)? {
            let reason = start.end_reason.as_deref().unwrap_or(REVOKED);
            let key = start.new.session_key();
            match self.log.end(self.issuer.url(), &key, reason).await {
                Ok(_) => stored(self.store.has_ended(start.id).await)?,
                // Its start may be on its way to the record, as long as it would last.
                Err(RecordError::UnknownSession) if start.ends_at <= now => {
                    stored(self.store.has_ended(start.id).await)?;
                }
                Err(RecordError::UnknownSession) => (),
                Err(error) => {
                    tracing::error!(session = %start.id, %error, "the end of an impersonation is not recorded yet");
                    told = Err(Unavailable);
                }
            }
        }
        told
    }
}

impl From<Unavailable> for RevokeError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}
