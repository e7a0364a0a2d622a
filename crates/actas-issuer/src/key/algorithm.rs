use std::fmt;
use std::str::FromStr;

use actas_core::Algorithm;

use super::error::KeyError;

/// An algorithm that an issuer's keys sign with (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// `ES256`: ECDSA on P-256 with SHA-256.
    Es256,
    /// `EdDSA`: Ed25519.
    EdDsa,
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl SigningAlgorithm {
    /// Every algorithm that an issuer's keys sign with.
    pub const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    /// Its JOSE name, as it stands in `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    pub(crate) const fn jsonwebtoken(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for SigningAlgorithm {
    type Err = KeyError;

    /// # Errors
    ///
    /// [`KeyError::Algorithm`] when `name` is the JOSE name of none of them. Case counts.
    fn from_str(name: &str) -> Result<Self, KeyError> {
        let mut all = Self::ALL.into_iter();
        all.find(|algorithm| algorithm.name() == name)
            .ok_or(KeyError::Algorithm)
    }
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Es256 => Self::Es256,
            SigningAlgorithm::EdDsa => Self::EdDsa,
            SigningAlgorithm::Rs256 => Self::Rs256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for algorithm in SigningAlgorithm::ALL {
            let name = algorithm.to_string();
            assert_eq!(name.parse::<SigningAlgorithm>().unwrap(), algorithm);
            assert_eq!(Algorithm::from(algorithm).name(), name);
        }
        for name in ["", "none", "HS256", "es256", "ES384", "Ed25519", "PS256"] {
            let error = name.parse::<SigningAlgorithm>().unwrap_err();
            assert!(matches!(error, KeyError::Algorithm), "{name}");
        }
    }
}
