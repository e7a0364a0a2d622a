//! The one table from error to wire, and what an adapter answers with.

mod table;

mod reply;

pub use reply::{IMPERSONATED_CACHE_CONTROL, RefusalBody, Refusals, Reply, VARY};
pub use table::Refusal;
