use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use actas_audit::Revocation;
use actas_core::{Direct, SubjectKey};

use super::decision::{Decision, Unavailable};
use super::pending::PendingStart;
use super::start::StartPolicy;
use crate::session::SessionClaims;
use crate::user_id::UserId;

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A policy of whatever type, asked with its futures boxed.
#[derive(Clone)]
pub(crate) struct SharedPolicy(Arc<dyn Policy>);

trait Policy: Send + Sync {
    fn may_start<'a>(
        &'a self,
        actor: &'a Direct,
        target: &'a UserId,
        reason: &'a str,
    ) -> Answer<'a, Decision>;

    fn may_approve<'a>(
        &'a self,
        approver: &'a Direct,
        start: &'a PendingStart,
    ) -> Answer<'a, Decision>;

    fn may_revoke<'a>(&'a self, who: &'a Direct, what: &'a Revocation) -> Answer<'a, Decision>;

    fn may_continue<'a>(
        &'a self,
        actor: SubjectKey<'a>,
        target: &'a UserId,
    ) -> Answer<'a, Decision>;

    fn claims<'a>(
        &'a self,
        target: &'a UserId,
        claims: SessionClaims,
    ) -> Answer<'a, Result<SessionClaims, Unavailable>>;
}

impl<P: StartPolicy> Policy for P {
    fn may_start<'a>(
        &'a self,
        actor: &'a Direct,
        target: &'a UserId,
        reason: &'a str,
    ) -> Answer<'a, Decision> {
        Box::pin(StartPolicy::may_start(self, actor, target, reason))
    }

    fn may_approve<'a>(
        &'a self,
        approver: &'a Direct,
        start: &'a PendingStart,
    ) -> Answer<'a, Decision> {
        Box::pin(StartPolicy::may_approve(self, approver, start))
    }

    fn may_revoke<'a>(&'a self, who: &'a Direct, what: &'a Revocation) -> Answer<'a, Decision> {
        Box::pin(StartPolicy::may_revoke(self, who, what))
    }

    fn may_continue<'a>(
        &'a self,
        actor: SubjectKey<'a>,
        target: &'a UserId,
    ) -> Answer<'a, Decision> {
        Box::pin(StartPolicy::may_continue(self, actor, target))
    }

    fn claims<'a>(
        &'a self,
        target: &'a UserId,
        claims: SessionClaims,
    ) -> Answer<'a, Result<SessionClaims, Unavailable>> {
        Box::pin(StartPolicy::claims(self, target, claims))
    }
}

impl SharedPolicy {
    pub(crate) fn new(policy: impl StartPolicy) -> Self {
        Self(Arc::new(policy))
    }

    pub(crate) async fn may_start(
        &self,
        actor: &Direct,
        target: &UserId,
        reason: &str,
    ) -> Decision {
        self.0.may_start(actor, target, reason).await
    }

    pub(crate) async fn may_approve(&self, approver: &Direct, start: &PendingStart) -> Decision {
        self.0.may_approve(approver, start).await
    }

    pub(crate) async fn may_revoke(&self, who: &Direct, what: &Revocation) -> Decision {
        self.0.may_revoke(who, what).await
    }

    pub(crate) async fn may_continue(&self, actor: SubjectKey<'_>, target: &UserId) -> Decision {
        self.0.may_continue(actor, target).await
    }

    pub(crate) async fn claims(
        &self,
        target: &UserId,
        claims: SessionClaims,
    ) -> Result<SessionClaims, Unavailable> {
        self.0.claims(target, claims).await
    }
}

impl fmt::Debug for SharedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPolicy").finish_non_exhaustive()
    }
}
