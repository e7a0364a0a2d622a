use actas_audit::SessionId;
use actas_core::Direct;

use super::error::ApproveError;
use super::service::{Impersonations, stored};
use crate::policy::{Decision, PendingStart, Unavailable};

impl Impersonations {
    /// Approves a start that waits for a second person: neither its actor nor its user, whichever issuer vouched for them, and
    /// one whom the policy allows to. The actor then [collects](Self::collect) it.
    ///
    /// # Errors
    ///
    /// [`ApproveError`].
    pub async fn approve(&self, approver: &Direct, id: SessionId) -> Result<(), ApproveError> {
        let inner = &self.inner;
        let now = inner.now()?;
        let start = stored(inner.store.start(id).await)?;
        let start = start.ok_or(ApproveError::Refused)?.pending();
        match self.may_approve(approver, &start).await {
            Decision::Allow => (),
            Decision::Unavailable => return Err(ApproveError::Unavailable),
            Decision::Refuse => {
                tracing::warn!(session = %id, "an approval was refused");
                return Err(ApproveError::Refused);
            }
        }
        let approver = approver.subject_key();
        if stored(inner.store.approve(id, approver, now).await)? {
            tracing::info!(session = %id, "the start of an impersonation was approved");
            Ok(())
        } else {
            Err(ApproveError::NotPending)
        }
    }

    /// The starts that this caller may approve, the oldest first: those of the 200 oldest that wait.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the database or the policy cannot be had.
    pub async fn awaiting_approval(
        &self,
        approver: &Direct,
    ) -> Result<Vec<PendingStart>, Unavailable> {
        let inner = &self.inner;
        let now = inner.now()?;
        let mut pending = Vec::new();
        for start in stored(inner.store.pending(now).await)? {
            let start = start.pending();
            match self.may_approve(approver, &start).await {
                Decision::Allow => pending.push(start),
                Decision::Refuse => (),
                Decision::Unavailable => return Err(Unavailable),
            }
        }
        Ok(pending)
    }

    async fn may_approve(&self, approver: &Direct, start: &PendingStart) -> Decision {
        let approver_id = &*approver.user_id;
        if approver_id == start.actor_subject || approver_id == &*start.user_id {
            return Decision::Refuse;
        }
        self.inner.policy.may_approve(approver, start).await
    }
}

impl From<Unavailable> for ApproveError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}
