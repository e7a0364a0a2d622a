//! JSON that can be shown on a terminal as it is.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::escape::misleads;

/// Appends `value` to `line`, with every character escaped that acts on a terminal or misleads a reader: more than JSON
/// asks for, and nothing that changes what is read.
pub(crate) fn append(line: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(line, Shown))?;
    Ok(())
}

struct Shown;

impl Formatter for Shown {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((plain, character, after)) = split(rest) {
            out.write_all(plain.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

/// What stands before the first character that must be escaped, that character, and what stands after it.
fn split(text: &str) -> Option<(&str, char, &str)> {
    if text.is_ascii() && !text.contains('\u{7f}') {
        // JSON has escaped the others.
        return None;
    }
    let (at, character) = text
        .char_indices()
        .find(|(_, character)| misleads(*character))?;
    let (plain, rest) = text.split_at_checked(at)?;
    Some((plain, character, rest.strip_prefix(character)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_misleads_is_left_and_nothing_is_changed() {
        for (text, shown) in [
            ("plain \"and\" \\ 社長", r#""plain \"and\" \\ 社長""#),
            ("\u{1b}[2J\r\n", r#""\u001b[2J\r\n""#),
            ("a\u{7f}\u{9b}31m", r#""a\u007f\u009b31m""#),
            ("\u{202e}x\u{2066}\u{200f}", r#""\u202ex\u2066\u200f""#),
            ("\u{e0041}\u{feff}y", r#""\udb40\udc41\ufeffy""#),
        ] {
            let mut line = Vec::new();
            append(&mut line, &text).unwrap();
            assert_eq!(str::from_utf8(&line), Ok(shown));
            assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
        }
    }
}
