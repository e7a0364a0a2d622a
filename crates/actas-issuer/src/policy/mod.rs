//! Who may start, approve and end an impersonation.

mod decision;
mod pending;
mod start;
mod shared;
mod users;
mod role;

pub use decision::{Decision, Unavailable};
pub use pending::PendingStart;
pub use role::RolePolicy;
pub use start::StartPolicy;
pub use users::{User, Users};

pub(crate) use shared::SharedPolicy;
