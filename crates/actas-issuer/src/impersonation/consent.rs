use actas_core::Direct;

use super::answer::Withdrawn;
use super::service::{Impersonations, stored};
use crate::policy::Unavailable;
use crate::store::ConsentRecord;

/// Why a session ends whose user has withdrawn their consent.
const WITHDRAWN: &str = "consent_withdrawn";

impl Impersonations {
    /// Records that the caller agrees to be acted as, until this time in whole seconds since the Unix epoch. It replaces what
    /// they agreed to before.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the database cannot be had.
    pub async fn give_consent(
        &self,
        user: &Direct,
        until: i64,
    ) -> Result<ConsentRecord, Unavailable> {
        let inner = &self.inner;
        let given_at = inner.now()?;
        let given = inner
            .store
            .give_consent(user.subject_key(), given_at, until);
        stored(given.await)?;
        Ok(ConsentRecord {
            given_at,
            until,
            withdrawn_at: None,
        })
    }

    /// What the caller has agreed to; `None` where they never have, or it was over long ago.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the database cannot be had.
    pub async fn consent(&self, user: &Direct) -> Result<Option<ConsentRecord>, Unavailable> {
        stored(self.inner.store.consent(user.subject_key()).await)
    }

    /// Takes the caller's consent back, and ends what runs on it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the database cannot be had: the consent still holds.
    pub async fn withdraw_consent(&self, user: &Direct) -> Result<Withdrawn, Unavailable> {
        let inner = &self.inner;
        let (user, now) = (user.subject_key(), inner.now()?);
        let is_here = user.issuer == inner.users;
        let withdrawn = inner
            .store
            .withdraw_consent(user, now, is_here.then_some(WITHDRAWN));
        stored(withdrawn.await)?;
        Ok(Withdrawn {
            recorded: inner.tell_ends(now).await.is_ok(),
        })
    }
}
