use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actas_core::{ConfigError, Error, Generation, KeyFuture, KeySet, KeySource, WantedKey};

use crate::place::{CLERK_API, Place};
use crate::settings::Settings;
use crate::source::Source;
use crate::ticks::Ticks;
use crate::wanted::Wanted;

/// The keys of an issuer, fetched over HTTPS when the first request needs them.
///
/// Give it to the verifier; keep a clone for [`prefetch`](RemoteKeys::prefetch). A clone shares the keys. Settings come
/// first: a setter on a clone makes a source of its own.
///
/// ```
/// use actas_core::Verifier;
/// use actas_jwks::RemoteKeys;
///
/// # fn main() -> Result<(), actas_core::ConfigError> {
/// let verifier = Verifier::clerk("pk_test_Y2xlcmsuY2xlcmsuZGV2JA")?
///     .with_keys(RemoteKeys::new())
///     .with_authorized_parties(["https://app.example.com"])
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// With settings:
///
/// ```
/// use std::time::Duration;
///
/// use actas_core::Verifier;
/// use actas_jwks::RemoteKeys;
///
/// # fn main() -> Result<(), actas_core::ConfigError> {
/// let keys = RemoteKeys::discover()
///     .with_stale_limit(Duration::from_secs(4 * 60 * 60))
///     .with_fetch_timeout(Duration::from_secs(1))
///     .with_wait_deadline(Duration::from_secs(2));
/// let verifier = Verifier::rfc9068("https://login.example.com", "https://api.example.com")
///     .with_keys(keys.clone())
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// A request that has to wait for keys panics on a tokio runtime without the time driver (`enable_all`).
#[derive(Clone)]
#[must_use]
pub struct RemoteKeys {
    source: Arc<Source>,
}

impl RemoteKeys {
    /// The keys at the key-set URL that the verifier's profile knows: at Clerk, the frontend API's, without a secret key.
    ///
    /// A verifier whose profile knows none does not build with it: [`ConfigError::Setting`].
    #[expect(
        clippy::new_without_default,
        reason = "a default says not where its keys come from"
    )]
    pub fn new() -> Self {
        Self::at(Place::Profile)
    }

    /// The keys at this URL.
    ///
    /// The URL is judged when the verifier is built: `https`, and without user name and password.
    ///
    /// Clones can be given to verifiers of several issuers, which then share these keys: each takes any token that a key of
    /// the set signed and that names its own issuer. So can those of [`RemoteKeys::clerk_backend`].
    pub fn from_url(url: impl Into<String>) -> Self {
        Self::at(Place::Url(url.into()))
    }

    /// The keys at the `jwks_uri` of the issuer's `/.well-known/openid-configuration` ([OpenID Connect Discovery
    /// 1.0](https://openid.net/specs/openid-connect-discovery-1_0.html)), whose `issuer` must be exactly the verifier's.
    /// It is read anew each time before the keys are. An issuer with a query or a fragment does not build.
    pub fn discover() -> Self {
        Self::at(Place::Discovery)
    }

    /// The keys that Clerk's Backend API gives for a secret key (`sk_…`): `https://api.clerk.com/v1/jwks`.
    ///
    /// [`RemoteKeys::new`] gets the same keys without a secret. The key is never logged, nor printed by `Debug`.
    pub fn clerk_backend(secret_key: impl Into<String>) -> Self {
        Self::clerk_backend_at(CLERK_API, secret_key)
    }

    /// As [`RemoteKeys::clerk_backend`], at another URL than `https://api.clerk.com`: Clerk's `CLERK_API_URL`, without a
    /// query or a fragment.
    pub fn clerk_backend_at(api_url: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self::at(Place::ClerkBackend {
            api_url: api_url.into(),
            secret_key: secret_key.into(),
        })
    }

    /// How long a key set counts as fresh: what `Cache-Control: max-age` says, within these bounds. A removed key is
    /// refused after `max` at the latest, unless the issuer cannot be reached. By default, 1 minute to 1 hour.
    pub fn with_lifetime_bounds(self, min: Duration, max: Duration) -> Self {
        self.set(|settings| {
            settings.limits.min_lifetime = min;
            settings.limits.max_lifetime = max;
        })
    }

    /// How long a key set counts as fresh that comes without `max-age`, within the bounds. By default, 5 minutes.
    pub fn with_default_lifetime(self, lifetime: Duration) -> Self {
        self.set(|settings| settings.limits.default_lifetime = lifetime)
    }

    /// The age up to which the last good key set serves on while the issuer's keys cannot be fetched; zero for no longer
    /// than it is fresh. By default, 24 hours.
    pub fn with_stale_limit(self, age: Duration) -> Self {
        self.set(|settings| settings.limits.stale_limit = age)
    }

    /// How often keys may be fetched because a token names a key that is not in the set: at most once in `interval`, and
    /// up to `burst` times after a time of rest. Who must go without is refused with 503 and `Retry-After`. By default,
    /// 10 seconds and 1.
    pub fn with_unknown_key_budget(self, interval: Duration, burst: u32) -> Self {
        self.set(|settings| {
            settings.limits.unknown_key_interval = interval;
            settings.limits.unknown_key_burst = burst;
        })
    }

    /// How long connecting may take, TLS included. By default, 2 seconds.
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        self.set(|settings| settings.limits.connect_timeout = timeout)
    }

    /// How long a whole fetch may take, redirects and discovery included; no longer than the wait deadline. By default, 3
    /// seconds.
    pub fn with_fetch_timeout(self, timeout: Duration) -> Self {
        self.set(|settings| settings.limits.fetch_timeout = timeout)
    }

    /// How long a request waits for keys, whatever happens; no less than the fetch timeout, so that an issuer that is merely
    /// slow is heard: for a shorter deadline, shorten both. By default, 5 seconds.
    pub fn with_wait_deadline(self, deadline: Duration) -> Self {
        self.set(|settings| settings.limits.wait_deadline = deadline)
    }

    /// How long to wait after a failed fetch: `first`, then twice as long each time up to `max`, less up to a half at
    /// random. A server's `Retry-After` in seconds can make it longer, up to `max`. By default, 1 second to 1 minute.
    pub fn with_backoff(self, first: Duration, max: Duration) -> Self {
        self.set(|settings| {
            settings.limits.first_backoff = first;
            settings.limits.max_backoff = max;
        })
    }

    /// Trusts one more certificate authority (PEM, one certificate or more) beside the system's. By default, the
    /// system's alone.
    pub fn add_root_certificate_pem(self, pem: impl Into<String>) -> Self {
        self.set(|settings| settings.roots.push(pem.into()))
    }

    /// What time is judged by, but for network timeouts and the wait deadline. By default, the machine's monotonic clock.
    pub fn with_ticks(self, ticks: impl Ticks + 'static) -> Self {
        self.set(|settings| settings.ticks = Arc::new(ticks))
    }

    /// Takes `http` URLs whose host is `localhost` or a loopback address, for tests and development: whoever else can
    /// listen there can then name the keys. By default, `https` alone.
    pub fn insecure_allow_http_to_loopback(self) -> Self {
        self.set(|settings| settings.allow_http_to_loopback = true)
    }

    /// Fetches the keys unless they are there, for an application that would rather not start without.
    ///
    /// The source must have been given to a verifier that is built, and the call be made in a tokio runtime.
    ///
    /// ```no_run
    /// use actas_core::Verifier;
    /// use actas_jwks::RemoteKeys;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = RemoteKeys::new();
    /// let verifier = Verifier::clerk("pk_test_Y2xlcmsuY2xlcmsuZGV2JA")?
    ///     .with_keys(keys.clone())
    ///     .build()?;
    /// keys.prefetch().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeysUnavailable`](actas_core::ErrorKind::KeysUnavailable) when they cannot be had within the wait
    /// deadline; the log says why.
    ///
    /// # Panics
    ///
    /// On a tokio runtime without the time driver.
    pub async fn prefetch(&self) -> Result<(), Error> {
        if self.source.current().is_some() {
            return Ok(());
        }
        let since = self.source.departed();
        Arc::clone(&self.source).wait(None, since).await?;
        Ok(())
    }

    fn at(place: Place) -> Self {
        Self {
            source: Arc::new(Source::new(Settings::new(place))),
        }
    }

    fn set(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.source.settings().clone();
        change(&mut settings);
        Self {
            source: Arc::new(Source::new(settings)),
        }
    }
}

impl KeySource for RemoteKeys {
    fn bind(&self, issuer: &str, key_set_url: Option<&str>) -> Result<(), ConfigError> {
        self.source.bind(issuer, key_set_url)
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.source.current()
    }

    fn generation(&self) -> Option<Generation> {
        self.source.generation()
    }

    fn refresh(&self, wanted: WantedKey<'_>) -> Option<KeyFuture> {
        let wanted = wanted.kid.map(|kid| Wanted {
            kid: kid.to_owned(),
            algorithm: wanted.algorithm,
        });
        let since = self.source.ask(wanted.as_ref())?;
        Some(Box::pin(Arc::clone(&self.source).wait(wanted, since)))
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("place", &self.source.settings().place)
            .field("host", &self.source.host())
            .finish_non_exhaustive()
    }
}
