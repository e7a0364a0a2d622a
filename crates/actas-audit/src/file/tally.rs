use aws_lc_rs::digest::{Context, SHA256};

use super::line::End;
use crate::hash::Hash;

/// What has been written to a file, or read from it.
#[derive(Clone)]
pub(super) struct Tally {
    pub(super) links: u64,
    pub(super) events: u64,
    bytes: Context,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            links: 0,
            events: 0,
            bytes: Context::new(&SHA256),
        }
    }

    /// Adds a line, without its end.
    pub(super) fn line(&mut self, line: &[u8]) {
        self.bytes.update(line);
        self.bytes.update(b"\n");
    }

    /// What the last line says.
    pub(super) fn end(&self) -> End {
        let sha256 = Hash::from_digest(&self.bytes.clone().finish());
        End {
            links: self.links,
            events: self.events,
            sha256,
        }
    }
}
