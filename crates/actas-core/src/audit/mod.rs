//! The record of impersonated requests: what is reserved before one runs, and told when it has ended.

mod trace_parent;
mod proxies;
#[cfg(feature = "span-ids")]
mod span_ids;
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
#[cfg(feature = "span-ids")]
pub use span_ids::SpanIds;

pub(crate) use proxies::TrustedProxies;
pub(crate) use recording::Call;
pub(crate) use reservation::Audit;
