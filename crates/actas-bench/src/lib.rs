//! What authentication costs a request, with actas and with its peers: the cases that are measured.
//!
//! Each [`Case`] is one call, of a function or of a service, on the same token and with the same handler. How it is measured
//! is the business of the programs beside this library. `README.md` says how to run them.

mod fixture;
mod op;
mod case;
#[cfg(feature = "peers")]
mod claims;
mod mode;
mod token;
mod axum_apps;
mod actix_apps;
#[cfg(feature = "peers")]
mod peers;
mod cases;
mod sessions;
mod audit_figures;
#[cfg(feature = "audit")]
mod audit;

#[cfg(feature = "audit")]
pub use audit::{audit, verify_audit};
pub use audit_figures::{AuditFigures, Filled, Load, PageTime, Requests, Verified};
pub use case::{Backend, Case};
pub use cases::all;
pub use fixture::{Algorithm, prepare};
pub use op::Op;
pub use sessions::Sessions;
