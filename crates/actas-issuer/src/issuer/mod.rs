//! What mints tokens.

mod error;
mod keys;
mod source;
mod mint;

pub use error::{IssuerError, NotPublished};
pub use keys::IssuerKeys;
pub use mint::Issuer;
pub use source::IssuerKeySource;
