use std::fmt;

use crate::key::{KeyError, MAX_TOKEN_SECONDS};

/// Why a token is not minted. It holds no value of a claim.
#[derive(Debug)]
#[non_exhaustive]
pub enum MintError {
    /// A claim is empty, or holds characters that it cannot.
    Claim(&'static str),
    /// A custom claim, or a free member of `act`, has the name of one that the issuer writes or a verifier reads.
    Reserved(String),
    /// More than 8 actors stand one inside the other.
    ActorDepth,
    /// A permission is not `feature:permission`, or there are more than 128 different ones.
    Permission,
    /// The token would live less than a second or more than a day.
    Lifetime,
    /// The clock cannot tell the time.
    Clock,
    /// The keys cannot sign.
    Key(KeyError),
}

impl fmt::Display for MintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claim(name) => {
                write!(f, "the claim {name} is empty or holds characters it cannot")
            }
            Self::Reserved(name) => write!(f, "{name:?} is not for custom claims"),
            Self::ActorDepth => f.write_str("more than 8 actors stand one inside the other"),
            Self::Permission => f.write_str(
                "a permission is not feature:permission, or there are more than 128 different ones",
            ),
            Self::Lifetime => write!(f, "a token lives from 1 to {MAX_TOKEN_SECONDS} seconds"),
            Self::Clock => f.write_str("the clock cannot tell the time"),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MintError {}
