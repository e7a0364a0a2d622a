//! Records in files.

mod error;
mod lines;
mod line;
mod tally;
mod writer;
mod receipt_judge;
mod receipt_reader;
mod receipt;
mod judge;

pub use error::ReadError;
pub use judge::{Judged, judge};
pub use receipt::Receipt;
pub use receipt_judge::ReceiptReport;
pub use writer::NativeWriter;
