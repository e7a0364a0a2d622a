use std::ops::RangeInclusive;
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use actas_audit::AuditLog;
use actas_core::ConfigError;
use actas_store::Place;

use super::service::{Impersonations, Inner};
use crate::cookie::Cookies;
use crate::issuer::Issuer;
use crate::policy::{SharedPolicy, StartPolicy};
use crate::store::{SetupError, Store};
use crate::terms::{Approval, Consent, Terms};

const RECHECK: Duration = Duration::from_mins(1);

/// On what terms impersonation starts, and where that is kept.
#[derive(Debug)]
#[must_use = "nothing is opened before open"]
pub struct ImpersonationsBuilder {
    place: Place,
    terms: Terms,
    users: Option<String>,
    recheck: Duration,
    has_insecure_cookies: bool,
}

impl Impersonations {
    /// Keeps starts in a SQLite file, which is made where it does not exist: one of its own, or that of the record. Its folder
    /// must exist.
    ///
    /// The file serves the processes of one host. It must not lie on a network file system.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(path: impl AsRef<Path>) -> ImpersonationsBuilder {
        ImpersonationsBuilder::new(Place::Sqlite(path.as_ref().to_owned()))
    }

    /// Keeps starts in a PostgreSQL database, in a schema of their own, `actas_issuer`: the database may be the application's,
    /// or the record's. `postgres://user:password@host:5432/database`
    #[cfg(feature = "postgres")]
    pub fn postgres(url: impl Into<String>) -> ImpersonationsBuilder {
        ImpersonationsBuilder::new(Place::Postgres(url.into()))
    }
}

impl ImpersonationsBuilder {
    fn new(place: Place) -> Self {
        Self {
            place,
            terms: Terms::default(),
            users: None,
            recheck: RECHECK,
            has_insecure_cookies: false,
        }
    }

    /// How many characters a reason has. By default, 10 to 500.
    pub fn with_reason_length(mut self, characters: RangeInclusive<usize>) -> Self {
        self.terms.reason_length = characters;
        self
    }

    /// How long a session lasts at most, from its start, in whole seconds: from 1 second to a day. It is never extended. By
    /// default, 30 minutes.
    pub fn with_max_duration(mut self, duration: Duration) -> Self {
        self.terms.max_duration = duration;
        self
    }

    /// After how long without a request a session ends, in whole seconds. By default, 10 minutes.
    pub fn with_idle_limit(mut self, limit: Duration) -> Self {
        self.terms.idle_limit = limit;
        self
    }

    /// How long a ticket is good, in whole seconds: from 1 to 60. By default, 60.
    pub fn with_ticket_lifetime(mut self, lifetime: Duration) -> Self {
        self.terms.ticket_lifetime = lifetime;
        self
    }

    /// How long ago the caller may have proved who they are, by `fva` in their session token, which has minutes. One whose
    /// token does not say is refused. By default, it does not matter.
    pub fn with_fresh_login(mut self, limit: Duration) -> Self {
        self.terms.fresh_login = Some(limit);
        self
    }

    /// How often one actor may start within an hour, from 1; starts that wait to be approved count as well. By default, 20.
    pub fn with_starts_per_hour(mut self, starts: u32) -> Self {
        self.terms.starts_per_hour = starts;
        self
    }

    /// How many sessions of one actor run at a time, from 1. By default, 1: a browser has one cookie for them, and a session
    /// that was left is idle after a while, which ends it.
    pub fn with_concurrent_sessions(mut self, sessions: u32) -> Self {
        self.terms.concurrent_sessions = sessions;
        self
    }

    /// Whether a user must have agreed. By default, they need not have.
    pub fn with_consent(mut self, consent: Consent) -> Self {
        self.terms.consent = consent;
        self
    }

    /// Whether a start must be approved. By default, it need not be.
    pub fn with_approval(mut self, approval: Approval) -> Self {
        self.terms.approval = approval;
        self
    }

    /// How long a start waits to be approved and collected, in whole seconds, up to a day. By default, an hour.
    pub fn with_approval_lifetime(mut self, lifetime: Duration) -> Self {
        self.terms.approval_lifetime = lifetime;
        self
    }

    /// `iss` of the users' own sessions, in which they give and withdraw consent. By default, the issuer of the impersonations.
    pub fn with_user_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.users = Some(issuer.into());
        self
    }

    /// How often the policy is asked whether what runs may go on, and rows are removed that are of no use any longer. By
    /// default, each minute.
    pub fn with_recheck_interval(mut self, interval: Duration) -> Self {
        self.recheck = interval;
        self
    }

    /// Drops `__Host-` and `Secure` from the cookies, for browsers that take neither over `http` on loopback. By default, both
    /// are there.
    pub fn insecure_cookies_on_loopback(mut self) -> Self {
        self.has_insecure_cookies = true;
        self
    }

    /// Opens it: makes or updates its tables. Several processes may open one database at once.
    ///
    /// It must be called within a tokio runtime. `log` is the record that requests are recorded in as well: the audit sink of
    /// the verifiers that take the issuer's tokens.
    ///
    /// # Errors
    ///
    /// [`SetupError`] when a setting is out of its bounds, or the database cannot be had.
    pub async fn open(
        self,
        issuer: Issuer,
        log: AuditLog,
        policy: impl StartPolicy,
    ) -> Result<Impersonations, SetupError> {
        self.terms.check().map_err(SetupError::Setting)?;
        if self.recheck.is_zero() {
            return Err(SetupError::Setting(ConfigError::Setting {
                name: "interval of rechecks, which is more than none",
                value: format!("{:?}", self.recheck),
            }));
        }
        if self.has_insecure_cookies && !issuer.url().starts_with("http://") {
            return Err(SetupError::InsecureCookies);
        }
        let store = Store::open(&self.place, issuer.url()).await?;
        let users = self.users.unwrap_or_else(|| issuer.url().to_owned());
        let inner = Arc::new(Inner {
            store,
            log,
            issuer,
            policy: SharedPolicy::new(policy),
            terms: self.terms,
            cookies: Cookies::new(self.has_insecure_cookies),
            users,
        });
        tokio::spawn(recheck(Arc::downgrade(&inner), self.recheck));
        Ok(Impersonations { inner })
    }
}

/// Asks again and again, as long as there is somebody to ask for.
async fn recheck(inner: Weak<Inner>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(inner) = inner.upgrade() else {
            return;
        };
        // It has been said what failed, and is tried again. A panic ends this round alone.
        let round = async move { Impersonations { inner }.recheck().await };
        if tokio::spawn(round).await.is_err() {
            tracing::error!("what runs could not be asked about");
        }
    }
}
