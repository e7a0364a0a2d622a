//! Events in the schemas of others.

mod about;
mod object;
mod ocsf;
mod ecs;
mod format;

pub use about::About;
pub use format::ExportFormat;
