//! The body of a record, read and written.

use serde::{Deserialize, Serialize};

use crate::body_error::BodyError;
use crate::canonical;

/// The version that records are written in.
pub(crate) const VERSION: u64 = 1;

/// A record's value with its version beside its members.
#[derive(Serialize)]
struct Versioned<'a, T> {
    v: u64,
    #[serde(flatten)]
    record: &'a T,
}

/// The canonical body of `record`.
pub(crate) fn write<T: Serialize>(record: &T) -> Result<String, BodyError> {
    canonical::text(&Versioned { v: VERSION, record }).ok_or(BodyError::Number)
}

/// Reads those members of a body that `T` has.
///
/// What else the body holds, a name twice, and another way to write the same are found by [`compare`].
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, BodyError> {
    serde_json::from_str(body).map_err(|error| BodyError::Shape {
        column: error.column(),
    })
}

/// The body must be, to the byte, what `record` is written as.
pub(crate) fn compare<T: Serialize>(record: T, body: &str) -> Result<T, BodyError> {
    if write(&record).is_ok_and(|written| written == body) {
        Ok(record)
    } else {
        Err(BodyError::NotCanonical)
    }
}
