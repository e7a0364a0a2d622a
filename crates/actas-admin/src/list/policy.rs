use std::pin::Pin;

use actas_audit::AuditScope;
use actas_core::Direct;

/// Who may read the audit record, and how much of it: the application's decision.
///
/// It is asked at every request, with a session in which nobody acts for the user: whoever is impersonated is never an auditor.
///
/// ```
/// use actas_admin::{AuditPolicy, AuditScope};
/// use actas_core::Direct;
///
/// struct Support;
///
/// impl AuditPolicy for Support {
///     async fn scope(&self, who: &Direct) -> AuditScope {
///         if who.has_permission("audit:read_all") {
///             return AuditScope::All;
///         }
///         match who.organization() {
///             Some(organization) if who.has_role("admin") => {
///                 AuditScope::Organization {
///                     issuer: who.issuer.to_string(),
///                     id: organization.id.clone(),
///                 }
///             }
///             _ => AuditScope::None,
///         }
///     }
/// }
/// ```
pub trait AuditPolicy: Send + Sync + 'static {
    /// What `who` may read.
    ///
    /// With [`AuditScope::None`] the request is answered with 403.
    fn scope(&self, who: &Direct) -> impl Future<Output = AuditScope> + Send;
}

/// A policy whose type is left out.
pub(crate) trait AnyPolicy: Send + Sync {
    fn scope<'a>(
        &'a self,
        who: &'a Direct,
    ) -> Pin<Box<dyn Future<Output = AuditScope> + Send + 'a>>;
}

impl<P: AuditPolicy> AnyPolicy for P {
    fn scope<'a>(
        &'a self,
        who: &'a Direct,
    ) -> Pin<Box<dyn Future<Output = AuditScope> + Send + 'a>> {
        Box::pin(AuditPolicy::scope(self, who))
    }
}
