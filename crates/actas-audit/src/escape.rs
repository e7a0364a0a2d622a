//! What a terminal or a reader must not be led by.

use std::fmt::{self, Write as _};

/// Text from a record, printed so that it cannot act on a terminal or mislead a reader.
///
/// Control characters (C0, DEL and C1, ANSI sequences and line ends with them), characters that change the direction
/// of text (Unicode UAX #9), line and paragraph separators, and invisible format characters are printed as `\u{…}`.
/// Everything else is printed as it is, a backslash too: the output is for reading, not for reading back.
///
/// ```
/// use actas_audit::Escaped;
///
/// assert_eq!(Escaped("\u{1b}[2Jinvoice").to_string(), r"\u{1b}[2Jinvoice");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| {
            if misleads(character) {
                write!(f, "{}", character.escape_unicode())
            } else {
                f.write_char(character)
            }
        })
    }
}

/// Whether a character acts on a terminal or misleads a reader.
pub(crate) fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' // soft hyphen
                | '\u{61c}' // Arabic letter mark
                | '\u{180e}' // Mongolian vowel separator
                | '\u{200b}'..='\u{200f}' // zero width, and marks of direction
                | '\u{2028}'..='\u{202e}' // separators; embeddings and overrides
                | '\u{2060}'..='\u{206f}' // invisible operators; isolates
                | '\u{feff}' // byte order mark
                | '\u{fff9}'..='\u{fffb}' // interlinear annotation
                | '\u{e0000}'..='\u{e007f}' // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_misleads_is_made_visible() {
        for (text, printed) in [
            ("", ""),
            ("plain", "plain"),
            ("Zoë, 社長, 👍", "Zoë, 社長, 👍"),
            (r"C:\users", r"C:\users"),
            ("\u{1b}]0;title\u{7}", r"\u{1b}]0;title\u{7}"),
            ("a\r\nb\tc", r"a\u{d}\u{a}b\u{9}c"),
            ("\0", r"\u{0}"),
            ("\u{7f}", r"\u{7f}"),
            ("\u{80}\u{9b}31m\u{9f}", r"\u{80}\u{9b}31m\u{9f}"),
            ("admin\u{202e}nimda", r"admin\u{202e}nimda"),
            (
                "\u{202a}\u{202b}\u{202c}\u{202d}",
                r"\u{202a}\u{202b}\u{202c}\u{202d}",
            ),
            (
                "\u{2066}\u{2067}\u{2068}\u{2069}",
                r"\u{2066}\u{2067}\u{2068}\u{2069}",
            ),
            ("\u{200e}\u{200f}\u{61c}", r"\u{200e}\u{200f}\u{61c}"),
            ("\u{2028}\u{2029}", r"\u{2028}\u{2029}"),
            ("pay\u{200b}pal\u{feff}", r"pay\u{200b}pal\u{feff}"),
            ("\u{e0041}", r"\u{e0041}"),
        ] {
            assert_eq!(Escaped(text).to_string(), printed);
        }
    }
}
