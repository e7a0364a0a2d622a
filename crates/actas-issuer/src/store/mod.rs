//! Starts, tickets, approvals and consents in a database.
//!
//! What is decided is decided by one statement or within one transaction: nodes share nothing else.

mod error;
mod tables;
mod open;
mod start;
mod limits;
mod begin;
mod tickets;
mod handed;
mod approvals;
mod consents;
mod ends;

pub use consents::ConsentRecord;
pub use error::SetupError;

pub(crate) use begin::Begun;
pub(crate) use limits::{Limits, Passed};
pub(crate) use open::Store;
pub(crate) use start::{NewStart, Start};
pub(crate) use tickets::Redeemable;
