//! How the command ends.

use std::process::ExitCode;

/// What the exit code says. That of a wrong use, 2, is given by `clap` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The record holds; the token is accepted.
    Holds = 0,
    /// The record does not hold; the token is refused.
    DoesNotHold = 1,
    Usage = 2,
    CannotBeRead = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What the page of help of all commands ends with.
pub(crate) const ALL_HELP: &str = "Exit codes:
  0  the record holds, the token is accepted, what was asked is done
  1  it does not hold, or is refused
  2  the command was not used as it should be
  3  something cannot be read, fetched, or written";

/// What the page of help on all that concerns the record ends with.
pub(crate) const AUDIT_HELP: &str = "Exit codes:
  0  the record holds, what was asked is done
  1  it does not hold
  2  the command was not used as it should be
  3  something cannot be read, or written";

/// What the page of help on a command that writes something ends with.
pub(crate) const DONE_HELP: &str = "Exit codes:
  0  done
  2  the command was not used as it should be
  3  something cannot be read, or written";

/// What the page of help on verifying the record ends with.
pub(crate) const HELP: &str = "Exit codes:
  0  the record holds
  1  it does not hold
  2  the command was not used as it should be
  3  something cannot be read, or written";

/// What the page of help on a token ends with.
pub(crate) const TOKEN_HELP: &str = "Exit codes:
  0  the token is accepted
  1  the token is refused
  2  the command was not used as it should be
  3  the token or its keys cannot be read, or fetched";
