use actas_admin::{AuditPolicy, AuditScope};
use actas_core::{Direct, SubjectKey};
use actas_issuer::{
    Decision, PendingStart, Revocation, RolePolicy, SessionClaims, StartPolicy, Unavailable, UserId,
};

use super::directory::Directory;
use super::grant::Grant;

/// Who may start, approve and revoke, by configuration.
pub(super) struct Policy {
    /// Whose users these are.
    pub(super) issuer: String,
    pub(super) start: Grant,
    pub(super) approve: Grant,
    pub(super) revoke: Grant,
    /// What the application's directory says. Without one, any user may be acted as.
    pub(super) users: Option<RolePolicy<Directory>>,
    pub(super) audiences: Vec<String>,
    pub(super) authorized_party: Option<String>,
}

/// Who may read the list, by configuration.
pub(super) struct Readers {
    pub(super) issuer: String,
    pub(super) list: Grant,
}

impl StartPolicy for Policy {
    async fn may_start(&self, actor: &Direct, target: &UserId, reason: &str) -> Decision {
        let is_granted = self.start.allows(actor, &self.issuer);
        match &self.users {
            Some(_) if !self.start.is_empty() && !is_granted => Decision::Refuse,
            Some(users) => users.may_start(actor, target, reason).await,
            None => Decision::allow_if(is_granted && *actor.user_id != **target),
        }
    }

    async fn may_approve(&self, approver: &Direct, _: &PendingStart) -> Decision {
        Decision::allow_if(self.approve.allows(approver, &self.issuer))
    }

    async fn may_revoke(&self, who: &Direct, _: &Revocation) -> Decision {
        Decision::allow_if(self.revoke.allows(who, &self.issuer))
    }

    async fn may_continue(&self, actor: SubjectKey<'_>, target: &UserId) -> Decision {
        match &self.users {
            Some(users) => users.may_continue(actor, target).await,
            None => Decision::Allow,
        }
    }

    async fn claims(
        &self,
        target: &UserId,
        mut claims: SessionClaims,
    ) -> Result<SessionClaims, Unavailable> {
        if !self.audiences.is_empty() {
            claims = claims.with_audiences(&self.audiences);
        }
        if let Some(party) = &self.authorized_party {
            claims = claims.with_authorized_party(party);
        }
        match &self.users {
            Some(users) => users.claims(target, claims).await,
            None => Ok(claims),
        }
    }
}

impl AuditPolicy for Readers {
    async fn scope(&self, who: &Direct) -> AuditScope {
        if self.list.allows(who, &self.issuer) {
            AuditScope::All
        } else {
            AuditScope::None
        }
    }
}
