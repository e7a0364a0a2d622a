use serde::{Deserialize, Serialize};

use crate::session::Auth;

/// Carries the attribution of an impersonated request to code that runs after it: a queued job, a spawned task.
///
/// It serialises, to be stored with the job. It proves nothing: whoever can write it can name any session.
///
/// ```
/// # fn handler(auth: &actas_core::Auth) -> serde_json::Result<()> {
/// if let Some(context) = auth.audit_context() {
///     let job = serde_json::to_string(&context)?;
///     println!("queued with {job}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditContext {
    /// Who issued the session's token.
    pub issuer: String,
    /// The session within the issuer, as [`SessionKey`](crate::SessionKey) prints it.
    pub session: String,
    /// The user for whom somebody acts.
    pub user_id: String,
    /// `iss` of the actor.
    pub actor_issuer: String,
    /// `sub` of the actor.
    pub actor_subject: String,
    /// The organisation that is active in the session.
    pub organization_id: Option<String>,
    /// What the record knows the request by; `None` where requests are not recorded.
    pub request: Option<String>,
}

impl Auth {
    /// What code that runs after this request is attributed by; `None` for a direct session.
    #[must_use]
    pub fn audit_context(&self) -> Option<AuditContext> {
        let actor = self.actor.as_ref()?;
        Some(AuditContext {
            issuer: self.issuer.to_string(),
            session: self.session_key().to_string(),
            user_id: self.user_id.to_string(),
            actor_issuer: actor.issuer.to_string(),
            actor_subject: actor.subject.to_string(),
            organization_id: self.organization().map(|active| active.id.clone()),
            request: self.record().map(|record| record.id().to_owned()),
        })
    }
}
