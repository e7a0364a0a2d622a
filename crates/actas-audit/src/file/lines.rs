use std::io::{BufRead, Read as _};

use super::error::ReadError;

/// Bytes of a line, its end not counted.
pub(super) const MAX_LINE: usize = 1 << 20;

/// The lines of a file, one at a time and none beyond [`MAX_LINE`].
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    line: u64,
    bytes: u64,
    is_whole: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            line: 0,
            bytes: 0,
            is_whole: true,
        }
    }

    /// The next line without its end. `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, ReadError> {
        self.buffer.clear();
        // Room for the line feed, and for the byte that is too many.
        let limit = u64::try_from(MAX_LINE)
            .unwrap_or(u64::MAX)
            .saturating_add(2);
        let read = self
            .reader
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.buffer);
        let read = read.map_err(ReadError::Io)?;
        if read == 0 {
            return Ok(None);
        }
        self.line = self.line.saturating_add(1);
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        let whole = self.buffer.strip_suffix(b"\n");
        self.is_whole = whole.is_some();
        let line = whole.unwrap_or(&self.buffer);
        if line.len() > MAX_LINE {
            return Err(ReadError::LineTooLong { line: self.line });
        }
        Ok(Some(line))
    }

    /// The number of the last line, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Whether the last line had an end, or the file ended within it.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Bytes read up to the end of the last line.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded() {
        let longest = "x".repeat(MAX_LINE);
        let text = format!("a\n\n{longest}\nb");
        let mut lines = Lines::new(text.as_bytes());
        for (line, bytes) in [
            ("a", 2),
            ("", 3),
            (longest.as_str(), MAX_LINE + 4),
            ("b", MAX_LINE + 5),
        ] {
            assert_eq!(lines.next().unwrap(), Some(line.as_bytes()));
            assert_eq!(lines.bytes(), u64::try_from(bytes).unwrap());
        }
        assert_eq!(lines.next().unwrap(), None);

        for end in ["", "\n", "\nb"] {
            let text = format!("a\n{longest}x{end}");
            let mut lines = Lines::new(text.as_bytes());
            lines.next().unwrap();
            assert!(matches!(
                lines.next(),
                Err(ReadError::LineTooLong { line: 2 })
            ));
        }
        assert!(matches!(
            Lines::new(std::io::BufReader::new(std::io::repeat(0))).next(),
            Err(ReadError::LineTooLong { line: 1 })
        ));
    }
}
