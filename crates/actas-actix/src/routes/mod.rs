//! The list of routes without a decision about impersonation.
//!
//! See [`Routes`] for examples.

mod route;
mod set;

pub use self::route::{Route, any, connect, delete, get, head, options, patch, post, put, trace};
pub use self::set::Routes;
pub use actas_core::MutatingRoute;
