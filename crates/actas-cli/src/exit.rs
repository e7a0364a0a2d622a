//! How the command ends.

use std::process::ExitCode;

/// What the exit code says. That of a wrong use, 2, is given by `clap` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Holds = 0,
    DoesNotHold = 1,
    Usage = 2,
    CannotBeRead = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What every page of help ends with.
pub(crate) const HELP: &str = "Exit codes:
  0  the record holds
  1  it does not hold
  2  the command was not used as it should be
  3  something cannot be read, or written";
