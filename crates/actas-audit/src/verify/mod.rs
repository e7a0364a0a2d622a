//! Whether a record holds.

mod anchor;
mod finding;
mod report;
mod stated;
mod promise;
mod run;
mod verifier;

pub use anchor::Anchor;
pub use finding::{Finding, Place, Problem};
pub use report::Report;
pub use stated::{Next, StatedLink};
pub use verifier::Verifier;
