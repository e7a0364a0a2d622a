//! What can be wrong with a setting or a key. This module imports nothing of ours.

use std::fmt;

/// Why a verifier could not be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The publishable key is not `pk_test_` or `pk_live_` followed by the base64 of `<frontend-api>$`.
    ///
    /// It is not repeated here, since a secret key may have been put in its place.
    PublishableKey(&'static str),
    /// A setting is empty, out of its bounds, or holds characters it cannot.
    Setting {
        /// Which setting.
        name: &'static str,
        /// What it was set to.
        value: String,
    },
    /// Nothing sets a session token apart from the issuer's other tokens: the separator holds for all of them.
    NoSeparator,
    /// No algorithm is left to verify with.
    NoAlgorithm,
    /// No key serves any of the algorithms that tokens are taken in.
    NoKeyForAlgorithms,
    /// The machine gives no random bytes to draw a key for fingerprints from.
    NoRandomness,
    /// No verifier was given to choose among.
    NoVerifier,
    /// Two verifiers stand for one issuer.
    DuplicateIssuer(String),
    /// Some of the verifiers record impersonated requests, and others do not.
    Unaudited,
    /// The document is no JWK set (RFC 7517 §5).
    NoKeySet,
    /// A key cannot be used.
    Key(KeyError),
    /// The key set holds no usable key; each refused key is listed.
    NoUsableKey(Vec<KeyError>),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublishableKey(problem) => {
                write!(f, "the publishable key cannot be read: {problem}")
            }
            Self::Setting { name, value } => write!(f, "{value:?} cannot be the {name}"),
            Self::NoSeparator => f.write_str(
                "the separator holds for every token of the issuer: name what only session tokens have",
            ),
            Self::NoKeyForAlgorithms => {
                f.write_str("no key serves the algorithms: name the keys' algorithm by with_algorithms")
            }
            Self::NoAlgorithm => f.write_str("no algorithm is set: name at least one"),
            Self::NoRandomness => f.write_str("the machine gives no random bytes: without fingerprints, none are needed"),
            Self::NoVerifier => f.write_str("no verifier is given: name at least one"),
            Self::DuplicateIssuer(issuer) => {
                write!(f, "two verifiers stand for the issuer {issuer:?}")
            }
            Self::Unaudited => f.write_str(
                "some of the verifiers record impersonated requests and others do not: give each of them with_audit",
            ),
            Self::NoKeySet => {
                f.write_str("the document is no JWK set: give a JSON object with an array `keys`")
            }
            Self::Key(error) => error.fmt(f),
            Self::NoUsableKey(refused) => {
                f.write_str("the key set holds no usable key")?;
                for error in refused {
                    write!(f, "; {error}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ConfigError {}

impl From<KeyError> for ConfigError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// A key that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    kid: Option<String>,
    problem: KeyProblem,
}

impl KeyError {
    pub(crate) fn new(kid: Option<&str>, problem: KeyProblem) -> Self {
        Self {
            kid: kid.map(str::to_owned),
            problem,
        }
    }

    /// The `kid` of the key, where it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What is wrong with the key.
    #[must_use]
    pub fn problem(&self) -> KeyProblem {
        self.problem
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kid {
            Some(kid) => write!(f, "key {kid:?} {}", self.problem.reason()),
            None => write!(f, "key without kid {}", self.problem.reason()),
        }
    }
}

impl std::error::Error for KeyError {}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyProblem {
    /// The document is no JSON of the expected shape, or has a name twice.
    Json,
    /// The text is no PEM public key (SPKI or PKCS#1).
    Pem,
    /// A key in a set has no `kid`, so that no token can name it.
    NoKid,
    /// `kty` (or its curve) is none that verifies one of the algorithms offered.
    KeyType,
    /// `alg` is none that is offered, or does not fit the key's type.
    Algorithm,
    /// `crv` is none that is offered, or does not fit `kty` or `alg`.
    Curve,
    /// `use` is something other than `sig`.
    Use,
    /// `key_ops` does not hold `verify`, or contradicts `use`.
    Operations,
    /// The key is private: it must never stand in a published set.
    Private,
    /// The key is symmetric.
    Symmetric,
    /// The RSA modulus is not 2048 to 8192 bits long.
    ModulusSize,
    /// The RSA modulus is even.
    ModulusEven,
    /// The RSA exponent is even, or less than 3.
    Exponent,
    /// A parameter is missing, or is not base64url of the required length.
    Parameter,
    /// The parameters are no point of the curve, not in canonical form, or of small order.
    Point,
    /// The cryptographic library refuses the key.
    Rejected,
    /// Different keys share this `kid` and algorithm: neither is used.
    Ambiguous,
}

impl KeyProblem {
    const fn reason(self) -> &'static str {
        match self {
            Self::Json => "is not a JSON object with unique names and members of the right type",
            Self::Pem => "is not a PEM public key",
            Self::NoKid => "stands in a set, where a key needs a kid",
            Self::KeyType => "has a kty that is not supported",
            Self::Algorithm => "has an alg that is not supported or does not fit it",
            Self::Curve => "has a crv that is not supported or does not fit it",
            Self::Use => "has a use other than sig",
            Self::Operations => "has key_ops without verify or against its use",
            Self::Private => "is private: withdraw it, it is compromised",
            Self::Symmetric => "is symmetric",
            Self::ModulusSize => "has an RSA modulus that is not 2048 to 8192 bits long",
            Self::ModulusEven => "has an even RSA modulus",
            Self::Exponent => "has an RSA exponent that is even or less than 3",
            Self::Parameter => "has a parameter that is missing or of the wrong length",
            Self::Point => "is not a usable point of its curve",
            Self::Rejected => "is refused by the cryptographic library",
            Self::Ambiguous => "shares its kid and alg with a different key",
        }
    }
}
