//! Records in files.

mod error;
mod lines;
mod line;
mod tally;
mod writer;
mod receipt;
mod judge;

pub use error::ReadError;
pub use judge::{Judged, judge};
pub use receipt::{Receipt, ReceiptReport};
pub use writer::NativeWriter;
