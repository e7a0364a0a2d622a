use super::service::Inner;
use crate::policy::Unavailable;
use crate::session::{ActorClaim, SessionClaims, SessionToken};
use crate::store::NewStart;
use crate::user_id::UserId;

impl Inner {
    /// What the application has a token of this user say besides.
    pub(super) async fn claims(
        &self,
        target: &UserId,
        session_id: &str,
    ) -> Result<SessionClaims, Unavailable> {
        let claims = SessionClaims::new(&**target, session_id);
        self.policy.claims(target, claims).await
    }

    /// A token of the session, which ends in `seconds` from `now`, however long the application has thought since.
    pub(super) fn mint(
        &self,
        new: &NewStart,
        claims: SessionClaims,
        (now, seconds): (i64, i64),
    ) -> Result<SessionToken, Unavailable> {
        let (now, lifetime) = (unsigned(now), unsigned(seconds));
        let claims = claims.acted(&new.user_id, &new.session_id, actor(new), lifetime);
        self.issuer.mint_at(&claims, now).map_err(|error| {
            tracing::error!(%error, "the token of an impersonation cannot be minted");
            Unavailable
        })
    }
}

/// Who acts, with the reason and the ticket beside them: whoever can read such a token reads these.
pub(super) fn actor(new: &NewStart) -> ActorClaim {
    let mut actor = ActorClaim::new(&new.actor_subject)
        .with_issuer(&new.actor_issuer)
        .with_claim("reason", &*new.reason);
    if let Some(session_id) = &new.actor_session_id {
        actor = actor.with_session_id(session_id);
    }
    if let Some(ticket) = &new.ticket {
        actor = actor.with_claim("ticket", &**ticket);
    }
    actor
}

pub(super) fn unsigned(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0)
}
