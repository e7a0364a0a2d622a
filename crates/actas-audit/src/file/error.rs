use std::fmt;
use std::io;

use crate::verify::Finding;

/// Why a file does not show that a record holds.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The record does not hold.
    Finding(Finding),
    /// The file cannot be read.
    Io(io::Error),
    /// The file is neither an export nor a receipt.
    NotARecord,
    /// The file is of a version that this release does not know.
    Version(u64),
    /// A line is longer than 1 MiB.
    LineTooLong {
        /// Which, from 1.
        line: u64,
    },
    /// An event of a receipt, or what stands beside the events, is longer than 1 MiB.
    ReceiptTooLong,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(finding) => finding.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::NotARecord => f.write_str("neither an export nor a receipt"),
            Self::Version(version) => write!(f, "of version {version}, which is not known"),
            Self::LineTooLong { line } => write!(f, "line {line} is longer than 1 MiB"),
            Self::ReceiptTooLong => {
                f.write_str("a receipt with an event, or a member beside them, of more than 1 MiB")
            }
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Finding(finding) => Some(finding),
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}
