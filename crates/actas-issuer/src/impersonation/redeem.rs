use actas_core::Direct;

use super::answer::Redeemed;
use super::error::RedeemError;
use super::service::{Impersonations, Inner, stored};
use crate::policy::Unavailable;
use crate::session::SessionToken;
use crate::store::{Redeemable, Start};

/// Why a session ends whose ticket was used up, and whose token could not be made.
const NOT_REDEEMED: &str = "not_redeemed";

impl Impersonations {
    /// Makes the session token, once: for the actor of the start, in time, and in the browser that has its binding
    /// ([`Cookies::binding`](crate::Cookies::binding)).
    ///
    /// The ticket is used up first, by one statement: of any number of calls at once, on all nodes, one succeeds.
    ///
    /// # Errors
    ///
    /// [`RedeemError`].
    pub async fn redeem(
        &self,
        actor: &Direct,
        ticket: &str,
        binding: &str,
    ) -> Result<Redeemed, RedeemError> {
        let inner = &self.inner;
        let now = inner.now()?;
        let what = Redeemable {
            actor: actor.subject_key(),
            ticket,
            binding,
            now,
        };
        let Some(start) = stored(inner.store.redeem(&what).await)? else {
            tracing::warn!("a ticket of an impersonation was refused");
            return Err(RedeemError::Refused);
        };
        let seconds = start.ends_at.saturating_sub(now);
        let Ok(token) = inner.token(&start, (now, seconds)).await else {
            // Where this fails too, the session ends by the clock: nobody has its token.
            let _ = stored(inner.store.end(start.id, NOT_REDEEMED).await);
            return Err(RedeemError::Unavailable);
        };
        Ok(Redeemed {
            cookie: inner.cookies.carry(&token, seconds),
            token,
            session: start.id,
            user_id: start.new.user_id,
            ends_at: start.ends_at,
        })
    }
}

impl Inner {
    async fn token(&self, start: &Start, times: (i64, i64)) -> Result<SessionToken, Unavailable> {
        let new = &start.new;
        let claims = self.claims(&new.user_id, &new.session_id).await?;
        if claims.organization_id() != new.organization_id.as_deref() {
            tracing::warn!(session = %start.id, "the user's organisation is another than at the start");
            return Err(Unavailable);
        }
        self.mint(new, claims, times)
    }
}

impl From<Unavailable> for RedeemError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}
