use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a key cannot be had. It holds no byte of a key.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is no PEM document with this label.
    Pem(&'static str),
    /// The text is a private key where a public one is asked for.
    Private,
    /// The document holds no Ed25519 key.
    NotEd25519,
    /// The machine gives no random bytes to make a key from.
    NoRandomness,
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
    /// The file holds no key that can sign.
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: Box<KeyError>,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(label) => write!(f, "the text is no PEM document BEGIN {label}"),
            Self::Private => f.write_str("the key is a private one: give the public key alone"),
            Self::NotEd25519 => f.write_str("the key is no Ed25519 key"),
            Self::NoRandomness => f.write_str("the machine gives no random bytes"),
            Self::Mode { path, mode } => write!(
                f,
                "the signing key {} has mode {mode:04o}: take it from others than its owner (chmod 0600)",
                path.display()
            ),
            Self::File { path, error } => write!(f, "the signing key {}: {error}", path.display()),
            Self::Unusable { path, error } => {
                write!(f, "the signing key {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for KeyError {}
