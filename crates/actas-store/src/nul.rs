//! Text without NUL (U+0000), which PostgreSQL does not take.

use std::borrow::Cow;

/// `text` with `\` as `\\` and NUL as `\0`: no two texts become one.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['\\', '\0']) {
        Cow::Owned(text.replace('\\', "\\\\").replace('\0', "\\0"))
    } else {
        Cow::Borrowed(text)
    }
}

/// What was escaped, or text that never was, as it is.
pub(crate) fn unescaped(text: String) -> String {
    if !text.contains('\\') {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_holds_nul() {
        for text in ["", "plain", "\0", "\\", "\\0", "\\\0", "a\0\\0\\\\b", "é\0"] {
            let stored = escaped(text).into_owned();
            assert!(!stored.contains('\0'));
            assert_eq!(unescaped(stored), text);
        }
        assert_ne!(escaped("\0"), escaped("\\0"));
    }
}
