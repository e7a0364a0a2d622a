use std::fmt;
use std::sync::Arc;

use actas_audit::AuditLog;
use actas_core::{VerifierBuilder, WithKeys};
use actas_store::StoreError;

use crate::cookie::Cookies;
use crate::issuer::Issuer;
use crate::policy::{SharedPolicy, Unavailable};
use crate::store::Store;
use crate::terms::Terms;

/// Starts and stops impersonation: for applications whose identity provider does not. Clones share one.
///
/// It is opened by [`Impersonations::sqlite`] or [`Impersonations::postgres`]. Nodes that open the same PostgreSQL database
/// share tickets, limits, approvals and consents.
///
/// ```no_run
/// use actas_audit::AuditLog;
/// use actas_core::{Direct, SubjectKey};
/// use actas_issuer::{
///     Impersonations, Issuer, KeyFile, Redeemed, RolePolicy, SigningAlgorithm, StartRequest, Started,
///     Unavailable, User, UserId, Users,
/// };
/// # struct Directory;
/// # impl Users for Directory {
/// #     async fn user(&self, _: &UserId) -> Result<Option<User>, Unavailable> { Ok(None) }
/// #     async fn actor(&self, _: SubjectKey<'_>) -> Result<Option<User>, Unavailable> { Ok(None) }
/// # }
///
/// # async fn open() -> Result<Impersonations, Box<dyn std::error::Error>> {
/// let issuer = Issuer::new("https://app.example.com", KeyFile::open_or_create("issuer.keys", SigningAlgorithm::EdDsa)?)?;
/// let log = AuditLog::sqlite("audit.db").open().await?;
/// let impersonations = Impersonations::sqlite("starts.db")
///     .open(issuer, log, RolePolicy::new(Directory, ["support"]))
///     .await?;
/// # Ok(impersonations)
/// # }
///
/// // The admin is the verified caller. For an impersonated request, there is no `Direct` to call this with.
/// async fn start(impersonations: &Impersonations, admin: &Direct) -> Result<(), Box<dyn std::error::Error>> {
///     let request = StartRequest::new("user_1".parse()?, "the export of invoices fails").with_ticket("HELP-712");
///     if let Started::Ticket { ticket, binding, .. } = impersonations.start(admin, request).await? {
///         // Later, by POST, from the browser that was given the cookie with the binding.
///         let Redeemed { token, .. } = impersonations.redeem(admin, &ticket, &binding).await?;
/// #       let _ = token;
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Impersonations {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) log: AuditLog,
    pub(super) issuer: Issuer,
    pub(super) policy: SharedPolicy,
    pub(super) terms: Terms,
    pub(super) cookies: Cookies,
    /// `iss` of the users' own sessions.
    pub(super) users: String,
}

impl Impersonations {
    /// The cookies that its answers are to set, and what they are called.
    #[must_use]
    pub fn cookies(&self) -> Cookies {
        self.inner.cookies
    }

    /// The issuer of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.inner.issuer
    }

    /// The record that its sessions are in.
    #[must_use]
    pub fn log(&self) -> &AuditLog {
        &self.inner.log
    }

    /// The verifier of the sessions that start here, in the making: the issuer's own, which takes the impersonation cookie and
    /// records what is done in it.
    ///
    /// Where the users' own sessions are another issuer's, it stands beside theirs by
    /// [`Verifier::any_of`](actas_core::Verifier::any_of), and theirs is told of the record too.
    pub fn verifier_builder(&self) -> VerifierBuilder<WithKeys> {
        self.inner
            .issuer
            .verifier_builder()
            .with_impersonation_cookie(self.inner.cookies.impersonation_name())
            .with_audit(self.inner.log.clone())
    }

    /// Ends the connections to its database. Close the record afterwards.
    pub async fn close(&self) {
        self.inner.store.close().await;
    }
}

impl Inner {
    /// The time, in seconds since the Unix epoch.
    pub(super) fn now(&self) -> Result<i64, Unavailable> {
        let now = self.issuer.now().and_then(|now| i64::try_from(now).ok());
        now.ok_or_else(|| {
            tracing::error!("the clock cannot tell the time");
            Unavailable
        })
    }
}

/// What the store says, or that it cannot be had.
pub(super) fn stored<T>(outcome: Result<T, sqlx::Error>) -> Result<T, Unavailable> {
    outcome.map_err(|error| {
        tracing::error!(error = %StoreError::of(&error), "the database of starts failed");
        Unavailable
    })
}

impl fmt::Debug for Impersonations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Impersonations").finish_non_exhaustive()
    }
}
