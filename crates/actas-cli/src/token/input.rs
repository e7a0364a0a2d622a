//! The token, as it is read.

use std::fs::File;
use std::io::{self, Read, stdin};
use std::path::Path;

/// Bytes beyond which nothing is read: no verifier takes a token as long.
const MAX_BYTES: usize = 1 << 20;

/// What was read where the token should stand.
pub(super) struct Input {
    /// The token, without the white space around it.
    pub(super) text: String,
    /// Whether there was more than is read.
    pub(super) is_cut: bool,
    pub(super) is_utf8: bool,
}

impl Input {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            Self::from(stdin().lock())
        } else {
            Self::from(File::open(path)?)
        }
    }

    fn from(reader: impl Read) -> io::Result<Self> {
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        reader
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)?;
        let is_cut = bytes.len() > MAX_BYTES;
        let token = if is_cut { &bytes } else { bytes.trim_ascii() };
        let text = std::str::from_utf8(token);
        Ok(Self {
            is_cut,
            is_utf8: text.is_ok() || is_cut,
            // The verifier takes text. It refuses this one for the same reason, and as long as it was.
            text: text.map_or_else(
                |_| token.iter().copied().map(ascii).collect(),
                str::to_owned,
            ),
        })
    }
}

fn ascii(byte: u8) -> char {
    if byte.is_ascii() {
        char::from(byte)
    } else {
        '?'
    }
}
