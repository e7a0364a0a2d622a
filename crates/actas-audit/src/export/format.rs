use std::io::{self, Write};

use super::about::About;
use super::{ecs, ocsf};
use crate::event::Event;
use crate::json_line;

/// A schema that events are written in as JSON lines, for the systems that read it.
///
/// Control characters, and those that mislead a reader, are escaped beyond what JSON asks for.
///
/// What is written is for reading: it cannot be verified. What can is written by [`NativeWriter`](crate::NativeWriter).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// The Open Cybersecurity Schema Framework, version 1.8.0.
    ///
    /// The start of a session and a refused token are events of the class Authentication (3002) with the activity Account
    /// Switch (7), and its end one with the activity Logoff (2); all have the account switch type Impersonate (2). A
    /// request, its outcome and an action are events of the class API Activity (6003), which
    /// `metadata.correlation_uid` brings together: the id of the request's event. `actor.user` is the actor; whom they
    /// act as is `user` there, and the owner of `resources` here. What the schema has no attribute for stands in
    /// `unmapped`.
    Ocsf,
    /// The Elastic Common Schema, version 9.4.0.
    ///
    /// `user` is the actor and `user.effective` whom they act as. What the schema has no field for stands under `actas`.
    Ecs,
}

impl ExportFormat {
    /// Writes an event as one line.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn write(self, mut out: impl Write, event: &Event, about: &About<'_>) -> io::Result<()> {
        let object = match self {
            Self::Ocsf => ocsf::object(event, about),
            Self::Ecs => ecs::object(event, about),
        };
        let mut line = Vec::new();
        json_line::append(&mut line, &object)?;
        line.push(b'\n');
        out.write_all(&line)
    }
}
