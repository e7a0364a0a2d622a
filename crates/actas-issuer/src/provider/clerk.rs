use std::collections::HashSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use actas_core::{ConfigError, Direct};
use zeroize::Zeroizing;

use super::actor_token::{ActorToken, ActorTokenBody};
use super::api::Api;
use super::error::{ProviderError, ProviderErrorKind};
use super::id::Id;
use super::secret_key::SecretKey;
use super::session::{LiveSession, SessionBody};
use super::terms::{StartRequest, Terms};
use super::url::api_url;

const CLERK_API: &str = "https://api.clerk.com";
/// Sessions of one page: fewer than Clerk's 500, so that a page stays far below the largest answer.
const PAGE: usize = 200;
const MAX_PAGES: usize = 50;
/// What can be set for a timeout.
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_mins(1);

/// Starts impersonation at Clerk, and ends it. See the [module](super) for an example.
///
/// A clone shares the settings. No call is ever made twice.
#[derive(Clone)]
pub struct Clerk {
    shared: Arc<Shared>,
}

struct Shared {
    api: Api,
    terms: Terms,
}

impl Clerk {
    /// Begins with the secret key of a Clerk instance: `sk_test_…` or `sk_live_…`.
    ///
    /// The key is judged when the provider is built, wiped on drop, never logged, nor printed by `Debug`. It may do
    /// anything with the instance.
    pub fn builder(secret_key: impl Into<String>) -> ClerkBuilder {
        ClerkBuilder {
            secret_key: Zeroizing::new(secret_key.into()),
            api_url: CLERK_API.to_owned(),
            allow_http_to_loopback: false,
            terms: Terms::default(),
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
        }
    }

    /// Lets `actor` sign in as the user of `request` (`POST /v1/actor_tokens`).
    ///
    /// The actor is a verified caller who is not impersonated, so that an impersonation cannot be started from within
    /// another. Whether this admin may act as this user is for the application to decide before. Clerk asks the user's
    /// second factor of nobody.
    ///
    /// ```compile_fail,E0308
    /// # use actas_core::Auth;
    /// # use actas_issuer::provider::{Clerk, StartRequest};
    /// async fn start(clerk: &Clerk, whoever: &Auth, request: &StartRequest<'_>) {
    ///     clerk.start(whoever, request).await;
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Before anything is sent: [`OwnUser`](ProviderErrorKind::OwnUser), [`Reason`](ProviderErrorKind::Reason),
    /// [`Ticket`](ProviderErrorKind::Ticket), [`MaxDuration`](ProviderErrorKind::MaxDuration),
    /// [`ActorTooLarge`](ProviderErrorKind::ActorTooLarge), [`Id`](ProviderErrorKind::Id). Then whatever Clerk refuses, and
    /// [`Unreadable`](ProviderErrorKind::Unreadable) for an answer that is about another user or actor.
    pub async fn start(
        &self,
        actor: &Direct,
        request: &StartRequest<'_>,
    ) -> Result<ActorToken, ProviderError> {
        let asked = self.shared.terms.judge(actor, request)?;
        let api = &self.shared.api;
        let work = async {
            let answer: ActorTokenBody = api.post(&["actor_tokens"], Some(&asked)).await?;
            answer.started(&asked)
        };
        api.call("start", work).await
    }

    /// Revokes an actor token that nobody has used yet (`POST /v1/actor_tokens/{id}/revoke`).
    ///
    /// # Errors
    ///
    /// [`NotPending`](ProviderErrorKind::NotPending) if it was used or revoked: if it was used, find its session by
    /// [`Self::live_impersonations`], and end that. [`Id`](ProviderErrorKind::Id) if it is no id, and whatever Clerk refuses.
    pub async fn revoke_actor_token(&self, id: &str) -> Result<(), ProviderError> {
        let id = Id::judge(id)?;
        let api = &self.shared.api;
        let path = ["actor_tokens", id.as_str(), "revoke"];
        let work = async {
            let answer: ActorTokenBody = api.post(&path, None::<&()>).await?;
            answer.revoked(id)
        };
        api.call("revoke_actor_token", work).await
    }

    /// The live sessions in which somebody acts as this user (`GET /v1/sessions`), the newest first.
    ///
    /// Clerk can be asked about one user only, and not about an actor: choose by [`LiveActor::is`](super::LiveActor::is).
    /// Sessions that have tasks to complete before they count as signed in are not among them. Where other sessions end while
    /// the pages of a long list are read, one can be missed.
    ///
    /// # Errors
    ///
    /// [`Id`](ProviderErrorKind::Id) if the user's id is none, [`TooManySessions`](ProviderErrorKind::TooManySessions), and
    /// whatever Clerk refuses. There is no list that is cut short.
    pub async fn live_impersonations(
        &self,
        user_id: &str,
    ) -> Result<Vec<LiveSession>, ProviderError> {
        let user_id = Id::judge(user_id)?;
        let work = self.pages(user_id);
        self.shared.api.call("live_impersonations", work).await
    }

    /// Ends a session (`POST /v1/sessions/{id}/revoke`): any session of the instance, impersonated or not. To stop an
    /// impersonation, this takes the `sid` of its token.
    ///
    /// A session that has ended before counts as ended where Clerk still knows it.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ProviderErrorKind::NotFound) if the instance does not know the session, or no longer;
    /// [`Id`](ProviderErrorKind::Id) if it is no id, and whatever Clerk refuses.
    pub async fn end_session(&self, id: &str) -> Result<(), ProviderError> {
        let id = Id::judge(id)?;
        let api = &self.shared.api;
        let path = ["sessions", id.as_str(), "revoke"];
        let work = async {
            let answer: SessionBody = api.post(&path, None::<&()>).await?;
            answer.ended(id)
        };
        api.call("end_session", work).await
    }

    async fn pages(&self, user_id: Id<'_>) -> Result<Vec<LiveSession>, ProviderError> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let limit = PAGE.to_string();
        for page in 0..MAX_PAGES {
            let offset = page.saturating_mul(PAGE).to_string();
            // Without `paginated`, the answer is the bare array that the description tells of.
            let query = [
                ("user_id", user_id.as_str()),
                ("status", "active"),
                ("limit", &limit),
                ("offset", &offset),
            ];
            let sessions: Vec<SessionBody> = self.shared.api.get(&["sessions"], &query).await?;
            let is_last = sessions.len() < PAGE;
            for session in sessions {
                // One that began meanwhile moves others to the next page.
                let is_new = seen.insert(session.id.clone());
                found.extend(session.impersonated(user_id)?.filter(|_| is_new));
            }
            if is_last {
                return Ok(found);
            }
        }
        Err(ProviderErrorKind::TooManySessions.into())
    }
}

impl fmt::Debug for Clerk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clerk")
            .field("host", &self.shared.api.host())
            .field("terms", &self.shared.terms)
            .finish_non_exhaustive()
    }
}

/// Sets up a [`Clerk`].
#[must_use]
pub struct ClerkBuilder {
    secret_key: Zeroizing<String>,
    api_url: String,
    allow_http_to_loopback: bool,
    terms: Terms,
    connect_timeout: Duration,
    timeout: Duration,
}

impl ClerkBuilder {
    /// Where the Backend API is: Clerk's `CLERK_API_URL`, without a query or a fragment. By default,
    /// `https://api.clerk.com`.
    pub fn with_api_url(self, url: impl Into<String>) -> Self {
        let api_url = url.into();
        Self { api_url, ..self }
    }

    /// Takes an `http` URL if its host is loopback. For tests: the secret key then travels in the clear. By default, only
    /// `https` is taken.
    pub fn insecure_allow_http_to_loopback(self) -> Self {
        Self {
            allow_http_to_loopback: true,
            ..self
        }
    }

    /// How many characters a reason has, without the white space at its ends; at least 1. By default, 10 to 500.
    pub fn with_reason_length(mut self, characters: RangeInclusive<usize>) -> Self {
        self.terms.reason_length = characters;
        self
    }

    /// How long an actor token waits to be used: 1 second to 1 hour, in whole seconds. By default, 60 seconds.
    pub fn with_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.terms.token_lifetime = lifetime;
        self
    }

    /// How long an impersonated session lasts at most: 1 second to 24 hours, in whole seconds. By default, 30 minutes.
    pub fn with_max_duration(mut self, time: Duration) -> Self {
        self.terms.max_duration = time;
        self
    }

    /// How long connecting may take, TLS included; up to 60 seconds. By default, 2 seconds.
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self {
            connect_timeout: timeout,
            ..self
        }
    }

    /// How long a whole call may take, all pages of a list included; up to 60 seconds. By default, 5 seconds.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Builds the provider. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] for a secret key or URL that is none, a setting out of its bounds, or a system whose TLS
    /// configuration cannot be used.
    pub fn build(self) -> Result<Clerk, ConfigError> {
        self.terms.check()?;
        for (name, value) in [
            (
                "connect timeout, which is a millisecond to a minute",
                self.connect_timeout,
            ),
            ("timeout, which is a millisecond to a minute", self.timeout),
        ] {
            if !TIMEOUT.contains(&value) {
                let value = format!("{value:?}");
                return Err(ConfigError::Setting { name, value });
            }
        }
        let secret_key = SecretKey::judge(self.secret_key)?;
        let url = api_url(&self.api_url, self.allow_http_to_loopback)?;
        let api = Api::new(url, secret_key, self.connect_timeout, self.timeout)?;
        Ok(Clerk {
            shared: Arc::new(Shared {
                api,
                terms: self.terms,
            }),
        })
    }
}

impl fmt::Debug for ClerkBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClerkBuilder")
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}
