use std::fmt;
use std::io;
use std::path::PathBuf;

use actas_core::KeyProblem;

/// Why a signing key cannot be had. It holds no byte of a key.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is no PEM document of a private key that is not encrypted.
    Pem,
    /// The text is no JSON Web Key with unique names and members of the right type.
    Json,
    /// The key is a public one: it cannot sign.
    Public,
    /// The key's type, curve or algorithm is none that an issuer signs with: ES256, `EdDSA` (Ed25519) and RS256.
    Algorithm,
    /// The key is meant for something other than signing (`use`, `key_ops`).
    Use,
    /// A part of the key is missing or malformed, or its parts do not belong together.
    Rejected,
    /// The key cannot be published.
    Unfit(KeyProblem),
    /// The machine gives no random bytes.
    NoRandomness,
    /// The key cannot sign.
    Signing,
    /// The ring holds the key already.
    Duplicate,
    /// The ring holds as many keys as it can: 64.
    RingFull,
    /// No key of this `kid` is in the ring.
    Unknown,
    /// Others than the owner may read or write the file.
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file cannot be read or made.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file is no key file, or its keys cannot be used.
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: Box<KeyError>,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "the text is no PEM document of an unencrypted private key (PKCS#8, SEC 1 or PKCS#1)",
            Self::Json => {
                "the text is no JSON of the expected shape, with unique names and members of the right type"
            }
            Self::Public => "the key is a public one: it cannot sign",
            Self::Algorithm => "the key or its algorithm is none of ES256, EdDSA (Ed25519) and RS256",
            Self::Use => "the key is meant for something other than signing",
            Self::Rejected => {
                "a part of the key is missing or malformed, or its parts do not belong together"
            }
            Self::Unfit(problem) => return write!(f, "the key cannot be published: {problem:?}"),
            Self::NoRandomness => "the machine gives no random bytes",
            Self::Signing => "the key cannot sign",
            Self::Duplicate => "the ring holds the key already",
            Self::RingFull => "the ring holds 64 keys: wait until tokens of earlier ones have ended",
            Self::Unknown => "no key of this kid is in the ring",
            Self::Mode { path, mode } => {
                return write!(
                    f,
                    "the signing keys {} have mode {mode:04o}: take them from others than their owner (chmod 0600)",
                    path.display()
                );
            }
            Self::File { path, error } => {
                return write!(f, "the signing keys {}: {error}", path.display());
            }
            Self::Unusable { path, error } => {
                return write!(f, "the signing keys {}: {error}", path.display());
            }
        })
    }
}

impl std::error::Error for KeyError {}
