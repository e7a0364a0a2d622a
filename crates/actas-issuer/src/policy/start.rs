use std::future::ready;

use actas_audit::Revocation;
use actas_core::{Direct, SubjectKey};

use super::decision::{Decision, Unavailable};
use super::pending::PendingStart;
use crate::session::SessionClaims;
use crate::user_id::UserId;

/// Who may do what: the application's to say.
///
/// ```
/// use actas_core::Direct;
/// use actas_issuer::{Decision, StartPolicy, UserId};
///
/// struct Support;
///
/// impl StartPolicy for Support {
///     async fn may_start(&self, actor: &Direct, target: &UserId, _reason: &str) -> Decision {
///         // Here the application looks at the user, whom it knows.
///         let is_customer = target.starts_with("customer_");
///         Decision::allow_if(is_customer && actor.has_permission("support:impersonate"))
///     }
/// }
/// ```
///
/// [`RolePolicy`](crate::RolePolicy) is one that goes by roles.
///
/// A user that is missing is refused like one that must not be acted as. So that the time it takes does not tell them apart
/// either, look at the actor and at the user in both cases.
pub trait StartPolicy: Send + Sync + 'static {
    /// Whether `actor` may act as `target` for this reason. It is asked for every start, after its form was judged.
    ///
    /// Nothing is refused besides: `actor` and `target` may be one and the same, an admin, disabled or missing.
    fn may_start(
        &self,
        actor: &Direct,
        target: &UserId,
        reason: &str,
    ) -> impl Future<Output = Decision> + Send;

    /// Whether `approver` may approve a start, where a second person must. It is neither the actor nor the target that is asked
    /// about.
    ///
    /// By default, nobody may.
    fn may_approve(
        &self,
        approver: &Direct,
        start: &PendingStart,
    ) -> impl Future<Output = Decision> + Send {
        let _ = (approver, start);
        ready(Decision::Refuse)
    }

    /// Whether `who` may revoke `what`.
    ///
    /// By default, nobody may.
    fn may_revoke(&self, who: &Direct, what: &Revocation) -> impl Future<Output = Decision> + Send {
        let _ = (who, what);
        ready(Decision::Refuse)
    }

    /// Whether `actor` may go on acting as `target`. It is asked for each session that runs, once a minute unless that is set
    /// otherwise. One that is refused is revoked.
    ///
    /// By default, it goes on.
    fn may_continue(
        &self,
        actor: SubjectKey<'_>,
        target: &UserId,
    ) -> impl Future<Output = Decision> + Send {
        let _ = (actor, target);
        ready(Decision::Allow)
    }

    /// What a session token of `target` says besides, as the user's own does: audience, authorized party, organisation, plans.
    /// It is asked at a start, and once more when the ticket is redeemed.
    ///
    /// Who acts, the session's id and its times are set afterwards, and the user's proofs of who they are (`fva`) are left
    /// out: whoever acts has none of them. By default, nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when it cannot be told for now: nothing starts, with 503.
    fn claims(
        &self,
        target: &UserId,
        claims: SessionClaims,
    ) -> impl Future<Output = Result<SessionClaims, Unavailable>> + Send {
        let _ = target;
        ready(Ok(claims))
    }
}
