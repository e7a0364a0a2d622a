//! The record of impersonated requests: what is reserved before one runs, and told when it has ended.

mod trace_parent;
mod proxies;
mod sink;
mod about;
mod context;
mod recording;
mod reservation;
#[cfg(test)]
mod tests;

pub use context::AuditContext;
pub use recording::Recording;
pub use reservation::Reservation;
pub use sink::{
    AuditEnd, AuditOutcome, AuditPermit, AuditSink, AuditedRequest, NotRecorded, RefusedToken,
    ReserveFuture,
};

pub(crate) use proxies::TrustedProxies;
pub(crate) use reservation::Audit;
