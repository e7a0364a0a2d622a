//! What `actas keys` is told.

use std::path::PathBuf;

use actas_issuer::SigningAlgorithm;
use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes a key, and the file that it is kept in, of mode 0600.
    ///
    /// A file that is there already is never overwritten.
    #[command(after_help = help(GENERATE))]
    Generate(Generate),
    /// Makes a new key, of the algorithm of the last one.
    ///
    /// It is published at once, and signs 5 minutes later, when every published set that was kept has been fetched again. The
    /// one before it stays published until its last token has ended, a day after it last signed. A running issuer takes up
    /// the change by itself.
    ///
    /// Where a new key waits to sign already, nothing is changed, and that one is named.
    #[command(after_help = help(ROTATE))]
    Rotate(Rotate),
    /// Takes a key away that others may have seen: its tokens end with it.
    ///
    /// Where it is the one that signs, the next one or a new one signs at once. A running issuer takes up the change within
    /// a second. Whoever fetched the published set before may keep it for 5 minutes: tell them, or restart them.
    #[command(after_help = help(REMOVE))]
    Remove(Remove),
    /// Prints the public keys as they are to be published now, as a JWK set (RFC 7517), the latest first.
    ///
    /// The file is only read. Each key has its `kid`, which `actas keys remove` takes.
    #[command(after_help = help(JWKS))]
    Jwks(Jwks),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Generate {
    /// The file to make. Its folder must be there.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// What the key signs with.
    #[arg(long, value_enum, default_value_t = Algorithm::Es256)]
    pub(crate) algorithm: Algorithm,

    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// The file of the keys.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Remove {
    /// The file of the keys.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The `kid` of the key. One that begins with a hyphen stands last, behind `--`.
    #[arg(value_name = "KID")]
    pub(crate) kid: String,

    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Jwks {
    /// The file of the keys.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Algorithm {
    /// ECDSA on P-256 with SHA-256
    #[value(name = "ES256")]
    Es256,
    /// Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256, of 2048 bits
    #[value(name = "RS256")]
    Rs256,
}

impl From<Algorithm> for SigningAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::Es256,
            Algorithm::EdDsa => Self::EdDsa,
            Algorithm::Rs256 => Self::Rs256,
        }
    }
}

/// What a page of help on keys ends with.
pub(crate) const HELP: &str = "Exit codes:
  0  done
  1  refused, and nothing is changed: the file is there already, holds no such key, or holds 64 of them
  2  the command was not used as it should be
  3  something cannot be read, or written";

const GENERATE: &str = "  actas keys generate issuer.keys
  actas keys generate issuer.keys --algorithm EdDSA --json";

const ROTATE: &str = "  actas keys rotate issuer.keys
  actas keys rotate issuer.keys --json";

const REMOVE: &str = "  actas keys remove issuer.keys NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
  actas keys remove issuer.keys --json -- -zbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

const JWKS: &str = "  actas keys jwks issuer.keys > jwks.json
  actas keys jwks issuer.keys | jq -r '.keys[].kid'";

fn help(examples: &str) -> String {
    format!("Examples:\n{examples}\n\n{HELP}")
}
