use std::sync::Arc;

use actas_core::{Clock, SystemClock, Verifier, VerifierBuilder, WithKeys};

use super::kit::Kit;
use super::session::TestSession;
use crate::clock::SharedClock;
use crate::issuer::{Issuer, IssuerError};
use crate::key::{KeyError, SigningAlgorithm, SigningKey};

/// The `iss` of the tokens: `.test` is no one's (RFC 6761 §6.2).
const URL: &str = "https://issuer.test";

impl Issuer {
    /// An issuer for an application's tests: its keys are made for it, and end with it. See
    /// [how to test your routes](crate#how-to-test-your-routes).
    ///
    /// # Errors
    ///
    /// [`KeyError::NoRandomness`] when the machine gives no random bytes.
    pub fn ephemeral() -> Result<EphemeralIssuer, KeyError> {
        EphemeralIssuer::new(SharedClock::new(SystemClock))
    }
}

/// An issuer for tests, which makes any session a test wants, and the verifier that judges it, without a network.
///
/// ```
/// use actas_core::ErrorKind;
/// use actas_issuer::Issuer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = Issuer::ephemeral()?;
/// let verifier = issuer.verifier();
///
/// let token = issuer.session("user_1").acted_by("admin_1").token();
/// let auth = verifier.verify(&token).now()?;
/// assert_eq!(auth.actor.as_ref().map(|actor| &*actor.subject), Some("admin_1"));
///
/// let expired = issuer.session("user_1").expired().token();
/// let refused = verifier.verify(&expired).now().unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::Expired);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EphemeralIssuer {
    issuer: Issuer,
    verifier: Verifier,
    kit: Arc<Kit>,
}

impl EphemeralIssuer {
    fn new(clock: SharedClock) -> Result<Self, KeyError> {
        let key = SigningKey::generate(SigningAlgorithm::EdDsa)?;
        // A key has one owner: the issuer publishes a twin of the kit's.
        let twin = SigningKey::from_jwk(&key.to_private_jwk()?)?;
        let issuer = Issuer::new(URL, twin)
            .and_then(|issuer| issuer.with_clock(clock.clone()))
            .map_err(|error| match error {
                IssuerError::Key(error) => error,
                IssuerError::Url(_) => KeyError::Rejected,
            })?;
        let verifier = issuer.verifier().map_err(|_| KeyError::NoRandomness)?;
        Ok(Self {
            verifier,
            kit: Arc::new(Kit::new(URL, clock, key)?),
            issuer,
        })
    }

    /// An issuer, with keys of its own, whose tokens are dated and judged by `clock`. By default, the machine's.
    ///
    /// # Errors
    ///
    /// As [`Issuer::ephemeral`].
    pub fn with_clock(self, clock: impl Clock + 'static) -> Result<Self, KeyError> {
        Self::new(SharedClock::new(clock))
    }

    /// A session of the user `user_id`, which nobody else acts in.
    pub fn session(&self, user_id: impl Into<String>) -> TestSession {
        TestSession::new(Arc::clone(&self.kit), user_id.into())
    }

    /// The verifier that takes its tokens.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// A verifier that takes its tokens, for the settings of the application under test.
    pub fn verifier_builder(&self) -> VerifierBuilder<WithKeys> {
        self.issuer.verifier_builder()
    }

    /// The issuer itself, to mint what [`Issuer::mint`] allows, and for its key set.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        self.issuer.url()
    }
}
