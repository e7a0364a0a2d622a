use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::set::{Generation, KeySet};
use crate::config_error::{ConfigError, KeyError};
use crate::error::Error;

/// Where a verifier has its issuer's keys from.
///
/// The common path is [`KeySource::current`], which answers at once. Only where the wanted key is not there does the
/// verifier wait for [`KeySource::refresh`].
pub trait KeySource: fmt::Debug + Send + Sync {
    /// Told once, while the verifier is built, which issuer the keys are for and, where the profile knows it, the URL
    /// of the issuer's key set.
    ///
    /// By default, neither is looked at.
    ///
    /// # Errors
    ///
    /// When the source cannot serve this issuer; the verifier is then not built.
    fn bind(&self, issuer: &str, key_set_url: Option<&str>) -> Result<(), ConfigError> {
        let _ = (issuer, key_set_url);
        Ok(())
    }

    /// The keys as they are now, or `None` when there are none that serve without asking: none yet, or too old ones.
    fn current(&self) -> Option<Arc<KeySet>>;

    /// The [`KeySet::generation`] of [`KeySource::current`].
    ///
    /// Asked for every request whose token was verified before: a source that can answer without a reference count
    /// does. It must be `None` whenever `current` is, and another one as soon as a key was taken away: a source that
    /// wraps another and changes what is current must not hand on the other's.
    fn generation(&self) -> Option<Generation> {
        self.current().map(|keys| keys.generation())
    }

    /// Asked when [`KeySource::current`] is `None` or lacks the wanted key.
    ///
    /// `None` when there is nothing newer to wait for. The future resolves to the keys to judge by, whether or not the
    /// wanted one is among them, or to [`Error::keys_unavailable`].
    fn refresh(&self, wanted: WantedKey<'_>) -> Option<KeyFuture>;
}

/// The key that a token asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantedKey<'a> {
    /// The token's `kid`. Not verified: anybody can write anything here.
    pub kid: Option<&'a str>,
    /// The token's `alg`, one of those that the verifier takes.
    pub algorithm: Algorithm,
}

impl<'a> WantedKey<'a> {
    /// The key with this `kid` for this algorithm.
    #[must_use]
    pub fn new(kid: Option<&'a str>, algorithm: Algorithm) -> Self {
        Self { kid, algorithm }
    }
}

/// Resolves to keys to judge by instead of the ones at hand.
pub type KeyFuture = Pin<Box<dyn Future<Output = Result<Arc<KeySet>, Error>> + Send>>;

/// Keys that do not change while the application runs.
#[derive(Clone, Debug)]
pub struct StaticKeys {
    keys: Arc<KeySet>,
}

impl StaticKeys {
    /// The keys of a JWK set, as [`KeySet::from_json`] reads it.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_json`].
    pub fn from_jwks(json: &str) -> Result<Self, ConfigError> {
        KeySet::from_json(json).map(Self::from)
    }

    /// One JWK, used whatever the token's `kid`, as [`KeySet::from_jwk`] reads it.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_jwk`].
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        KeySet::from_jwk(json).map(Self::from)
    }

    /// One PEM public key, used whatever the token's `kid`, as [`KeySet::from_pem`] reads it: Clerk's
    /// `CLERK_JWT_KEY`, for one.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_pem`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        KeySet::from_pem(pem).map(Self::from)
    }

    /// One PEM public key for the algorithm named, as [`KeySet::from_pem_for`] reads it.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_pem_for`].
    pub fn from_pem_for(pem: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        KeySet::from_pem_for(pem, algorithm).map(Self::from)
    }
}

impl From<KeySet> for StaticKeys {
    fn from(keys: KeySet) -> Self {
        Self {
            keys: Arc::new(keys),
        }
    }
}

impl KeySource for StaticKeys {
    fn current(&self) -> Option<Arc<KeySet>> {
        Some(Arc::clone(&self.keys))
    }

    fn generation(&self) -> Option<Generation> {
        Some(self.keys.generation())
    }

    fn refresh(&self, _wanted: WantedKey<'_>) -> Option<KeyFuture> {
        None
    }
}

/// One source for several verifiers.
impl<K: KeySource + ?Sized> KeySource for Arc<K> {
    fn bind(&self, issuer: &str, key_set_url: Option<&str>) -> Result<(), ConfigError> {
        (**self).bind(issuer, key_set_url)
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        (**self).current()
    }

    fn generation(&self) -> Option<Generation> {
        (**self).generation()
    }

    fn refresh(&self, wanted: WantedKey<'_>) -> Option<KeyFuture> {
        (**self).refresh(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config_error::KeyProblem;
    use crate::keys::testdata::{P256, RSA, jwk, jwk_with};

    #[test]
    fn static_keys_are_there_at_once_and_never_newer() {
        let jwks = serde_json::json!({"keys": [jwk_with("p256", [("kid", "k".into())])]});
        for keys in [
            StaticKeys::from_jwks(&jwks.to_string()).unwrap(),
            StaticKeys::from_jwk(&jwk("p256").to_string()).unwrap(),
            StaticKeys::from_pem(P256).unwrap(),
            StaticKeys::from_pem_for(P256, Algorithm::Es256).unwrap(),
        ] {
            assert_eq!(keys.bind("https://issuer.example", None), Ok(()));
            let current = keys.current().unwrap();
            assert!(current.find(Some("k"), Algorithm::Es256).is_some());
            assert!(
                keys.refresh(WantedKey::new(Some("other"), Algorithm::Es256))
                    .is_none()
            );
        }
    }

    #[test]
    fn static_keys_are_refused_as_key_sets_are() {
        assert_eq!(
            StaticKeys::from_jwks("{}").unwrap_err(),
            ConfigError::NoKeySet
        );
        let no_key = KeyError::new(None, KeyProblem::KeyType);
        assert_eq!(StaticKeys::from_jwk("{}").unwrap_err(), no_key);
        let no_pem = KeyError::new(None, KeyProblem::Pem);
        assert_eq!(StaticKeys::from_pem("{}").unwrap_err(), no_pem);
        let misfit = KeyError::new(None, KeyProblem::Algorithm);
        assert_eq!(
            StaticKeys::from_pem_for(RSA, Algorithm::EdDsa).unwrap_err(),
            misfit
        );
    }
}
