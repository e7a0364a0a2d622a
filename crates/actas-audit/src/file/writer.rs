use std::io::{self, Write};

use serde::Serialize;

use super::line::{EndLine, EventLine, HeaderLine, LinkLine};
use super::tally::Tally;
use crate::json_line;
use crate::key::VerifyingKey;
use crate::time::Timestamp;
use crate::verify::StatedLink;

/// Writes a record as JSON lines that [`judge`](crate::judge) reads, in the order that
/// [`Verifier`](crate::Verifier) asks for.
///
/// The first line is `{"actas_audit_export":1,"from_n":1,"at":…,"key":{"id":…,"public":…}}`, each event is `{"event":…}` and each
/// link `{"link":…,"signature":…,"key_id":…}` with the bodies as strings, and the last line, `{"end":…}`, counts both and has the SHA-256 of all
/// lines before it, which shows accidents where no link vouches for events yet. A link's line says
/// beside that where its session goes on: `"next"`, the number of its next link, or `"open":true` for events that no link
/// vouches for; and `"pruned":true` where its events were removed.
pub struct NativeWriter<W> {
    out: W,
    line: Vec<u8>,
    written: Tally,
}

impl<W: Write> NativeWriter<W> {
    /// Begins a file, of a whole record that was read at `at`. That and `key` are for information: nobody should judge a
    /// file by the key in it, nor as of the time in it, which whoever cut a session's close off could set back.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn new(out: W, at: Timestamp, key: Option<&VerifyingKey>) -> io::Result<Self> {
        let mut writer = Self {
            out,
            line: Vec::new(),
            written: Tally::new(),
        };
        writer.write(&HeaderLine::new(at, key))?;
        Ok(writer)
    }

    /// Writes the body of an event.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn event(&mut self, body: &str) -> io::Result<()> {
        self.written.events = self.written.events.saturating_add(1);
        self.write(&EventLine { event: body.into() })
    }

    /// Writes a link.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn link(&mut self, link: &StatedLink<'_>) -> io::Result<()> {
        self.written.links = self.written.links.saturating_add(1);
        self.write(&LinkLine::new(link))
    }

    /// Ends the file: without its last line it does not hold. Gives `out` back, flushed.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn finish(mut self) -> io::Result<W> {
        let end = self.written.end();
        self.write(&EndLine { end })?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        json_line::append(&mut self.line, line)?;
        self.written.line(&self.line);
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}
