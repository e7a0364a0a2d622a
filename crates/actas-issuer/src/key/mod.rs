//! What signs tokens, and how it is kept.

mod error;
mod algorithm;
mod encoding;
mod public;
mod signing;
mod pem;
mod jwk;
mod ring;
mod form;
mod disk;
mod file;

pub use algorithm::SigningAlgorithm;
pub(crate) use disk::Stamp;
pub use error::KeyError;
pub(crate) use file::PUBLISHED_SECONDS;
pub use file::{KeyFile, Rotation};
pub(crate) use public::PublicJwk;
pub use ring::{KeyRing, MAX_TOKEN_SECONDS};
pub use signing::SigningKey;
