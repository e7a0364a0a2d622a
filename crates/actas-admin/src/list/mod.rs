//! The list of impersonated sessions.

mod policy;
mod parameters;
mod objects;
mod problems;
mod refusals;
mod handlers;
mod description;
mod session_list;

pub use self::policy::AuditPolicy;
pub use self::session_list::SessionList;
