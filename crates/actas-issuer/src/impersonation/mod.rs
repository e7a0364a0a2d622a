//! Starting and stopping impersonation.

mod error;
mod request;
mod answer;
mod service;
mod minted;
mod recorded;
mod start;
mod approve;
mod exchange;
mod redeem;
mod end;
mod consent;
mod builder;

pub use answer::{Redeemed, Started, Withdrawn};
pub use builder::ImpersonationsBuilder;
pub use error::{ApproveError, RedeemError, RevokeError, StartError};
pub(crate) use exchange::Exchanged;
pub use request::StartRequest;
pub use service::Impersonations;
