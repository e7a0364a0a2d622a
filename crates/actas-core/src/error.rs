//! What can go wrong. This module imports nothing of ours.

use std::fmt;

/// Why a request was refused.
///
/// Opaque, so that it can learn to say more: match on [`Error::kind`]. It holds no byte of a token, a key or a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    retry_after: Option<u32>,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            retry_after: None,
        }
    }

    /// The keys to verify with cannot be had for now: what a [`KeySource`](crate::KeySource) answers in an outage.
    ///
    /// `retry_after` is how many seconds a client should wait before it tries again.
    #[must_use]
    pub const fn keys_unavailable(retry_after: Option<u32>) -> Self {
        Self {
            kind: ErrorKind::KeysUnavailable,
            retry_after,
        }
    }

    /// The rule that refused.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Seconds after which the request may be tried again, where that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.reason())
    }
}

impl std::error::Error for Error {}

/// The rule that refused a request, in the order in which the rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request carries no credential.
    MissingCredential,
    /// Two `Authorization` headers, or one cookie twice with different values.
    DoubledCredential,
    /// The credential is no token: an empty or spaced `Bearer`, or bytes other than visible ASCII.
    MalformedCredential,
    /// A cookie credential on a request that changes something and comes from another site.
    CrossSite,
    /// The token is longer than the verifier takes.
    TooLarge,
    /// The token is no compact JWS (RFC 7515 §7.1) of three base64url parts.
    Form,
    /// The token's protected header is no JSON object with unique names and members of the right type.
    Header,
    /// The token's `alg` is not one the verifier takes.
    Algorithm,
    /// The token's `typ` is not a session token's.
    TokenType,
    /// The token's header marks an extension as critical (RFC 7515 §4.1.11); none is understood.
    Critical,
    /// The token's `cat` is not a session token's.
    Category,
    /// The token's `iss` is none of the issuers that are trusted.
    UnknownIssuer,
    /// No key has the token's (`kid`, `alg`).
    UnknownKey,
    /// The keys to verify with cannot be had for now.
    KeysUnavailable,
    /// The clock cannot tell the time.
    ClockUnavailable,
    /// The signature does not verify.
    Signature,
    /// The claims are no JSON object with unique names.
    Claims,
    /// `iss` is not the issuer that the keys belong to.
    Issuer,
    /// `exp` is missing, malformed, past, or beyond the year 9999.
    Expired,
    /// `nbf` is malformed or yet to come.
    NotYetValid,
    /// `iat` is malformed or yet to come.
    IssuedInFuture,
    /// `aud` does not name this application, or names one where none is expected.
    Audience,
    /// `azp` is not one of the authorized parties.
    AuthorizedParty,
    /// `sub` is no non-empty string.
    Subject,
    /// `sid` is missing where it is required, or no non-empty string.
    SessionId,
    /// The token lacks what sets a session token of its issuer apart from the issuer's other tokens.
    NotASession,
    /// `sts` is malformed, or says that the session has tasks to complete before it counts as signed in.
    SessionPending,
    /// `act` is present and identifies no actor.
    Actor,
    /// A guard refused because somebody acts as the user.
    ImpersonationDenied,
    /// A guard stands on a route that no authentication layer surrounds.
    MissingLayer,
}

impl ErrorKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::MissingCredential => "no credential was sent",
            Self::DoubledCredential => "the credential was sent twice",
            Self::MalformedCredential => "the credential is not a token",
            Self::CrossSite => "the request comes from another site",
            Self::TooLarge => "the token is too large",
            Self::Form => "the token is not a compact JWS",
            Self::Header => "the token's header is malformed",
            Self::Algorithm => "the token's algorithm is not accepted",
            Self::TokenType => "the token's type is not a session token's",
            Self::Critical => "the token demands an extension that is not understood",
            Self::Category => "the token's category is not a session token's",
            Self::UnknownIssuer => "the token's issuer is not known",
            Self::UnknownKey => "the token's key is not known",
            Self::KeysUnavailable => "the issuer's keys are not available",
            Self::ClockUnavailable => "the time is not available",
            Self::Signature => "the token's signature is not valid",
            Self::Claims => "the token's claims are malformed",
            Self::Issuer => "the token is from another issuer",
            Self::Expired => "the token has expired or says not when it does",
            Self::NotYetValid => "the token is not valid yet",
            Self::IssuedInFuture => "the token was issued in the future",
            Self::Audience => "the token is meant for another audience",
            Self::AuthorizedParty => "the token was issued to another party",
            Self::Subject => "the token names no subject",
            Self::SessionId => "the token names no session",
            Self::NotASession => "the token is not a session token",
            Self::SessionPending => "the session is pending",
            Self::Actor => "the token's actor is malformed",
            Self::ImpersonationDenied => "not available while impersonating",
            Self::MissingLayer => "a guard stands without an authentication layer",
        }
    }
}

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
    /// No algorithm is left to verify with.
    NoAlgorithm,
    /// No verifier was given to choose among.
    NoVerifier,
    /// Two verifiers stand for one issuer.
    DuplicateIssuer(String),
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
            Self::NoAlgorithm => f.write_str("no algorithm is set: name at least one"),
            Self::NoVerifier => f.write_str("no verifier is given: name at least one"),
            Self::DuplicateIssuer(issuer) => {
                write!(f, "two verifiers stand for the issuer {issuer:?}")
            }
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
