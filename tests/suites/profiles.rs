//! What each issuer's session tokens look like, and what its other tokens look like, which carry no `act` and are refused.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

#[path = "profiles/issuer.rs"]
mod issuer;
#[path = "profiles/by_type.rs"]
mod by_type;
#[path = "profiles/by_claim.rs"]
mod by_claim;
#[path = "profiles/any_of.rs"]
mod any_of;
