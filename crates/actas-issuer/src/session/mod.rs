//! What a session token says.

mod error;
mod actor;
mod organization;
mod claims;
mod token;

pub use actor::ActorClaim;
pub use claims::SessionClaims;
pub use error::MintError;
pub use organization::OrganizationClaim;
pub use token::SessionToken;
