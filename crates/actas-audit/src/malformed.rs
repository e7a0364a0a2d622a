//! Text that is not what it should be. This module imports nothing of ours.

use std::fmt;

/// Text that is not of the form asked for. It does not hold the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    form: &'static str,
}

impl Malformed {
    pub(crate) const fn new(form: &'static str) -> Self {
        Self { form }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}", self.form)
    }
}

impl std::error::Error for Malformed {}

/// The machine gives no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandomness;

impl fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the machine gives no random bytes")
    }
}

impl std::error::Error for NoRandomness {}
