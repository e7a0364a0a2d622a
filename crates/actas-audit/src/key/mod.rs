//! What signs the ledger, and what its signatures are judged by.

mod error;
mod pem;
mod public;
mod signing;
mod file;

pub use error::KeyError;
pub use public::{KeyId, Signature, VerifyingKey};
pub use signing::SigningKey;
