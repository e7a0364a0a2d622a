//! The one table from error to wire, and what an adapter answers with.

mod table;
mod headers;
mod refused;
mod reply;

pub use headers::{IMPERSONATED_CACHE_CONTROL, VARY, merged_vary, overrides_cache_control};
pub use refused::RefusedRequest;
pub use reply::{RefusalBody, Refusals, Reply};
pub use table::Refusal;

pub(crate) use reply::is_grpc;
