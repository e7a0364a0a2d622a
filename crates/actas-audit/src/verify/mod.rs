//! Whether a record holds.

mod anchor;
mod finding;
mod report;
mod stated;
mod keys;
mod anchors;
mod promise;
mod run;
mod heads;
mod verifier;

pub use anchor::Anchor;
pub(crate) use anchors::Anchors;
pub use finding::{Finding, Place, Problem};
pub(crate) use heads::{judge_end, judge_heads};
pub(crate) use keys::Keys;
pub use report::Report;
pub(crate) use run::Run;
pub use stated::{Next, StatedLink};
pub use verifier::Verifier;
