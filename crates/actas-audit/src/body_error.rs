//! What is wrong with the body of a record. This module imports nothing of ours.

use std::fmt;

/// Why a record's body cannot be read or written. It holds nothing of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// It is not the JSON object that its kind of record is.
    Shape {
        /// The byte at which reading stopped, from 1.
        column: usize,
    },
    /// It is of a version that this release does not know.
    Version,
    /// It is of a kind that this release does not know.
    Kind,
    /// It says what a record says, but not in the canonical form.
    NotCanonical,
    /// A number in it is beyond what every reader of JSON holds exactly, 2^53 - 1.
    Number,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { column } => write!(f, "the body is not a record at byte {column}"),
            Self::Version => f.write_str("the body is of a version that is not known"),
            Self::Kind => f.write_str("the body is of a kind that is not known"),
            Self::NotCanonical => f.write_str("the body is not in its canonical form"),
            Self::Number => f.write_str("a number in the body is too great"),
        }
    }
}

impl std::error::Error for BodyError {}
