//! The record in a database.

mod clock;
mod error;
mod tables;
mod sighting;
mod queue;
mod seal;
mod state;
mod lock;
mod adopt;
mod ledger;
mod append;
mod close;
mod refusals;
mod tasks;
mod writer;
mod session;
mod query;
mod log;
mod builder;
mod read;
mod records;
mod compare;
mod reader;
mod related;
mod prune;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

pub use actas_store::StoreError;
pub use builder::AuditLogBuilder;
pub use error::{JudgeError, OpenError, RecordError};
pub use log::AuditLog;

pub use prune::Pruned;
pub use query::{AuditScope, Page, PageError, SessionQuery};
pub use read::StoredEvent;
pub use reader::RecordReader;
pub use records::{Records, StoredLink, StoredRecord};
pub use session::{Session, SessionStatus};
