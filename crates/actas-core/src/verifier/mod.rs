//! The verifier: a credential in, a session out.

mod progress;
mod known_headers;
mod judge;
mod inner;
mod impersonation;
mod verify;
mod ending;
mod builder;
mod profiles;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod cache_tests;
#[cfg(test)]
mod impersonation_tests;

pub use builder::{NoKeys, ProfileBuilder, VerifierBuilder, WithKeys};
pub use ending::{Ending, SessionToEnd};
pub use progress::{Progress, ProgressFuture, Waiting};
pub use verify::Verifier;
