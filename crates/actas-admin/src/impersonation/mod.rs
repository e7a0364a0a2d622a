//! Starting and stopping impersonation.

mod problems;
mod refusal;
mod body;
mod caller;
mod requests;
mod provider;
mod objects;
#[cfg(feature = "clerk")]
mod clerk;
mod api;
mod refusals;
mod routes;
mod forms;
mod description;
mod router;

pub use self::router::Impersonation;
