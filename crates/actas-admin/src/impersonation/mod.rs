//! Starting and stopping impersonation.

mod caller;
mod bodies;
mod objects;
mod problems;
mod provider;
#[cfg(feature = "clerk")]
mod clerk;
mod api;
mod refusals;
mod routes;
mod forms;
mod description;
mod router;

pub use self::router::Impersonation;
