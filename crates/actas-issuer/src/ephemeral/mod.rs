//! Tokens for the tests of an application.

mod kit;
mod session;
mod issuer;

pub use issuer::EphemeralIssuer;
pub use session::TestSession;
