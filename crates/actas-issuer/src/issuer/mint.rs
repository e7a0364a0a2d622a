use std::sync::Arc;

use actas_core::{Clock, ConfigError, Separator, SystemClock, Verifier, VerifierBuilder, WithKeys};
use serde_json::Value;

use super::error::{IssuerError, NotPublished};
use super::keys::IssuerKeys;
use super::source::IssuerKeySource;
use crate::clock::SharedClock;
use crate::key::{KeyError, SigningAlgorithm};
use crate::key_set::{PublishedKeySet, holds};
use crate::session::{MintError, SessionClaims, SessionToken};

/// Mints session tokens, and publishes the keys that they are verified by.
///
/// ```
/// use actas_issuer::{ActorClaim, Issuer, SessionClaims, SigningAlgorithm, SigningKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = SigningKey::generate(SigningAlgorithm::EdDsa)?;
/// let issuer = Issuer::new("https://app.example.com", key)?;
///
/// let claims = SessionClaims::new("user_1", "sess_1").with_actor(ActorClaim::new("admin_1"));
/// let token = issuer.mint(&claims)?;
///
/// let auth = issuer.verifier()?.verify(&token).now()?;
/// assert_eq!(auth.user_id, "user_1");
/// assert!(auth.is_impersonated());
/// # Ok(())
/// # }
/// ```
///
/// Cloning costs two reference counts.
#[derive(Clone, Debug)]
pub struct Issuer {
    url: Arc<str>,
    keys: IssuerKeys,
    clock: SharedClock,
}

impl Issuer {
    /// The issuer whose tokens have `url` as their `iss`: an `https` URL without query or fragment (RFC 8414 §2), or an `http`
    /// URL on loopback. `keys` is a [`SigningKey`](crate::SigningKey), a [`KeyRing`](crate::KeyRing) or a
    /// [`KeyFile`](crate::KeyFile).
    ///
    /// # Errors
    ///
    /// [`IssuerError`] when `url` is no such URL, or the keys cannot be used.
    pub fn new(
        url: impl Into<String>,
        keys: impl Into<IssuerKeySource>,
    ) -> Result<Self, IssuerError> {
        let url = url.into();
        if !is_issuer(&url) {
            return Err(IssuerError::Url(url));
        }
        let clock = SharedClock::new(SystemClock);
        let keys = keys.into().open(clock.clone()).map_err(IssuerError::Key)?;
        Ok(Self {
            url: url.into(),
            keys,
            clock,
        })
    }

    /// The clock that tokens are dated by, and judged by where the verifier comes from here. By default, the machine's.
    ///
    /// # Errors
    ///
    /// [`IssuerError::Key`] when the key file cannot be read.
    pub fn with_clock(self, clock: impl Clock + 'static) -> Result<Self, IssuerError> {
        let clock = SharedClock::new(clock);
        let keys = self.keys.with_clock(clock.clone());
        Ok(Self {
            url: self.url,
            keys: keys.map_err(IssuerError::Key)?,
            clock,
        })
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Mints a token with these claims, which begins now.
    ///
    /// # Errors
    ///
    /// [`MintError`] when no verifier would take the claims, or when there is no key, no time or no randomness.
    pub fn mint(&self, claims: &SessionClaims) -> Result<SessionToken, MintError> {
        let now = self.clock.now().ok_or(MintError::Clock)?;
        self.mint_at(claims, now)
    }

    /// Mints a token with these claims, which begins at `now`.
    pub(crate) fn mint_at(
        &self,
        claims: &SessionClaims,
        now: u64,
    ) -> Result<SessionToken, MintError> {
        let claims = Value::from(claims.checked(&self.url, now)?);
        let key = self.keys.signing(now).map_err(MintError::Key)?;
        let token = key.sign(&claims.to_string(), key.kid());
        token.map(SessionToken::new).map_err(MintError::Key)
    }

    /// The time that tokens are dated by, in seconds since the Unix epoch.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn now(&self) -> Option<u64> {
        self.clock.now()
    }

    /// The keys to publish now.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when they cannot be written.
    pub fn key_set(&self) -> Result<PublishedKeySet, KeyError> {
        self.keys.published(self.clock.now().unwrap_or(0))
    }

    /// Its keys, for a verifier in this process.
    #[must_use]
    pub fn keys(&self) -> IssuerKeys {
        self.keys.clone()
    }

    /// Whether the JWK set `json`, as those who rely on it fetch it, holds the key that signs here.
    ///
    /// A node that neither shares the key file nor has its key in the published set must not start: its tokens would be
    /// refused everywhere else.
    ///
    /// # Errors
    ///
    /// [`NotPublished`] when the set lacks the key, or the document is no set.
    pub fn check_published(&self, json: &str) -> Result<(), NotPublished> {
        let key = self.keys.signing(self.clock.now().unwrap_or(0));
        match key {
            Ok(key) if holds(json, &key) => Ok(()),
            Ok(key) => Err(NotPublished {
                kid: key.kid().to_owned(),
            }),
            Err(_) => Err(NotPublished { kid: String::new() }),
        }
    }

    /// A verifier of its tokens in the making, for settings beside the keys: with its issuer, keys, algorithms and clock, and
    /// `sid` as what sets a session token apart. No network is needed, and a key that is rotated in counts at once.
    pub fn verifier_builder(&self) -> VerifierBuilder<WithKeys> {
        Verifier::builder(&*self.url)
            .separated_by(Separator::session_id())
            .with_session_id_required(true)
            .with_algorithms(SigningAlgorithm::ALL.map(Into::into))
            .with_clock(self.clock.clone())
            .with_keys(self.keys())
    }

    /// A verifier of its tokens.
    ///
    /// # Errors
    ///
    /// As [`VerifierBuilder::build`].
    pub fn verifier(&self) -> Result<Verifier, ConfigError> {
        self.verifier_builder().build()
    }
}

fn is_issuer(url: &str) -> bool {
    let is_loopback = |authority: &str| {
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => host,
            _ => authority,
        };
        matches!(host, "localhost" | "127.0.0.1" | "[::1]")
    };
    let authority = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    let has_host = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => !authority(rest).is_empty(),
        (_, Some(rest)) => is_loopback(&authority(rest)),
        _ => false,
    };
    let is_odd = |byte: u8| !byte.is_ascii_graphic() || b"?#@\"<>\\^`{|}".contains(&byte);
    has_host && !url.bytes().any(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_a_url() {
        for url in [
            "https://app.example.com",
            "https://app.example.com:8443/issuer",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:80/x",
        ] {
            assert!(is_issuer(url), "{url}");
        }
        for url in [
            "",
            "app",
            "https://",
            "https:///x",
            "http://app.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1@example.com",
            "https://app.example.com/?a=1",
            "https://app.example.com/#a",
            "https://app.example.com/ a",
            "https://app.example.com\n",
            "ftp://app.example.com",
        ] {
            assert!(!is_issuer(url), "{url}");
        }
    }
}
