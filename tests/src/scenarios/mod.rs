//! The list of scenarios.

mod draft;
mod actors;
mod acts;
mod tokens;
mod credentials;
mod cookies;
mod impersonation;
mod guards;
mod all;

pub use all::scenarios;
