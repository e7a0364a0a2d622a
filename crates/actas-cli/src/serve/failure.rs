use std::fmt;

use actas_audit::Escaped;

use crate::exit::Exit;

/// Why nothing is served, and what to do. It holds no secret.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    message: String,
}

impl Failure {
    /// A setting is not as it should be.
    pub(super) fn setting(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }

    /// Something beside the settings cannot be used.
    pub(super) fn outside(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::CannotBeRead,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.message).fmt(f)
    }
}
