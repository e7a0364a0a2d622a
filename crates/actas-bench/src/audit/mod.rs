//! What the record of impersonated requests costs.

mod cluster;
mod place;
mod client;
mod load;
mod fill;
mod pages;
mod verify;
mod measure;

pub use measure::audit;
pub use verify::verify_audit;
