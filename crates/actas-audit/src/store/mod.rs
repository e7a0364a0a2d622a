//! The record in a database.

mod clock;
mod error;
mod tables;
mod memory;
mod listening;
mod slots;
mod sighting;
mod queue;
mod seal;
mod state;
mod session;
mod revocation;
mod standing;
mod notice;
mod lock;
mod adopt;
mod ledger;
mod append;
mod close;
mod ending;
mod watcher;
mod refusals;
mod tasks;
mod writer;
mod query;
mod log;
mod place;
mod builder;
mod read;
mod revoked;
mod control;
mod start;
mod records;
mod compare;
mod reader;
mod receipt;
mod exported;
mod prune;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

pub use actas_store::StoreError;
pub use builder::AuditLogBuilder;
pub use control::Stopped;
pub use error::{JudgeError, OpenError, RecordError};
pub use exported::ExportedEvents;
pub use log::AuditLog;
pub use prune::Pruned;
pub use query::{AuditScope, Page, PageError, SessionQuery};
pub use read::StoredEvent;
pub use reader::RecordReader;
pub use records::{Records, StoredLink, StoredRecord};
pub use revocation::Revocation;
pub use revoked::StoredRevocation;
pub use session::{Session, SessionStatus};
pub use start::NewSession;
