use std::fmt;
use std::str::FromStr;

use crate::config_error::ConfigError;

/// A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1). All of them are asymmetric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// `RS384`: RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// `RS512`: RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// `PS256`: RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    Ps256,
    /// `PS384`: RSASSA-PSS with SHA-384 and a salt of 48 bytes.
    Ps384,
    /// `PS512`: RSASSA-PSS with SHA-512 and a salt of 64 bytes.
    Ps512,
    /// `ES256`: ECDSA on P-256 with SHA-256.
    Es256,
    /// `ES384`: ECDSA on P-384 with SHA-384.
    Es384,
    /// `EdDSA`: Ed25519. Ed448 is not offered.
    EdDsa,
}

impl Algorithm {
    /// The algorithm of this JOSE name, as it stands in `alg`. Case counts.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }

    /// The JOSE name of the algorithm.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = ConfigError;

    /// # Errors
    ///
    /// [`ConfigError::Setting`] when `name` is not the JOSE name of an algorithm that is offered.
    fn from_str(name: &str) -> Result<Self, ConfigError> {
        Self::from_name(name).ok_or_else(|| ConfigError::Setting {
            name: "algorithm",
            value: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let names = [
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
        ];
        for name in names {
            let algorithm: Algorithm = name.parse().unwrap();
            assert_eq!(algorithm.to_string(), name);
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "", "none", "HS256", "rs256", "RS256 ", "ES256K", "ES512", "EDDSA", "Ed25519",
        ] {
            let error = name.parse::<Algorithm>().unwrap_err();
            assert_eq!(
                error,
                ConfigError::Setting {
                    name: "algorithm",
                    value: name.to_owned()
                }
            );
        }
    }
}
