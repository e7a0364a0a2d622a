//! The keys that tokens are verified with: judged, parsed and bound to one algorithm when they are loaded.

mod algorithm;
mod material;
mod jwk;
mod pem;
mod public_key;
mod set;
mod source;

#[cfg(test)]
mod testdata;

pub use algorithm::Algorithm;
pub use public_key::PublicKey;
pub use set::{Generation, KeySet};
pub use source::{KeyFuture, KeySource, StaticKeys, WantedKey};
