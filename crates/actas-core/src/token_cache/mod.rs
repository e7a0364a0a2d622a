//! Verified tokens, remembered so that each is verified once.

mod settings;
mod store;

pub use settings::TokenCache;
pub(crate) use store::{Verified, VerifiedTokens};
