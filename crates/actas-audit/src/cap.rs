//! How long what comes from outside may be.

use std::borrow::Cow;

use crate::hash::Hash;

/// What the mark begins with that text ends with which was cut: `…[cut sha256:`, the first 8 bytes of the SHA-256 of the whole in
/// 16 lower-case hexadecimal digits, and `]`. So two that begin alike do not become one.
pub const CUT: &str = "…[cut";

/// What a list ends with that was cut.
pub(crate) const LIST_CUT: &str = "…[cut]";

/// Bytes of an identifier: of a user, an actor, a session, an issuer, a rule.
pub(crate) const ID: usize = 512;
/// Bytes of a route template.
pub(crate) const ROUTE: usize = 512;
/// Bytes of a reason.
pub(crate) const REASON: usize = 2000;
/// Bytes of the id of a request or a trace, of a method, and of a client's address.
pub(crate) const REQUEST: usize = 128;
/// Bytes of a note's name.
pub(crate) const NOTE_NAME: usize = 64;
/// Bytes of a note's value.
pub(crate) const NOTE_VALUE: usize = 1024;
/// Notes of one request, rules that only report, and actors before the current one.
pub(crate) const LIST: usize = 32;

/// `text` cut to at most `bytes`, the mark included, between two characters.
pub(crate) fn cut(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    let hash = Hash::of(&[text.as_bytes()]).to_string();
    let mark = format!("{CUT} sha256:{}]", hash.get(..16).unwrap_or(&hash));
    let end = text.floor_char_boundary(bytes.saturating_sub(mark.len()));
    Cow::Owned([text.get(..end).unwrap_or(""), &mark].concat())
}

/// Cuts `text` to at most `bytes`, the mark included, between two characters.
pub(crate) fn text(text: &mut String, bytes: usize) {
    if let Cow::Owned(cut) = cut(text, bytes) {
        *text = cut;
    }
}

pub(crate) fn optional(text: &mut Option<String>, bytes: usize) {
    if let Some(text) = text {
        self::text(text, bytes);
    }
}

/// Cuts `list` to [`LIST`] items, the last of which is `mark` where it was longer.
pub(crate) fn list<T>(list: &mut Vec<T>, mark: impl FnOnce() -> T) {
    if list.len() > LIST {
        list.truncate(LIST.saturating_sub(1));
        list.push(mark());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_ends_with_the_mark() {
        // The hashes were computed by `printf … | sha256sum`.
        let long = "0123456789".repeat(4);
        assert_eq!(cut(&long, 40), long);
        assert_eq!(
            cut(&format!("{long}a"), 40),
            "01234567…[cut sha256:d14312d171c0a7ae]"
        );
        // Not within the two bytes of a character, and no more than the cap.
        assert_eq!(
            cut(&"ë".repeat(21), 41),
            "ëëëë…[cut sha256:90d3fdf19ce7b1e0]"
        );
        assert_eq!(cut(&"x".repeat(4000), REASON).len(), REASON);
        // What was cut once is not cut again.
        let once = cut(&format!("{long}a"), 40).into_owned();
        assert_eq!(cut(&once, 40), once);
    }

    #[test]
    fn what_begins_alike_stays_apart() {
        let begin = "x".repeat(ID);
        let (one, other) = (format!("{begin}1"), format!("{begin}2"));
        assert_ne!(cut(&one, ID), cut(&other, ID));
        let mut changed = one.clone();
        text(&mut changed, ID);
        assert_eq!(changed, cut(&one, ID));
    }

    #[test]
    fn a_list_that_is_too_long_ends_with_the_mark() {
        let mut exact = vec![0; LIST];
        list(&mut exact, || 1);
        assert_eq!(exact, [0; LIST]);
        let mut long = vec![0; LIST + 1];
        list(&mut long, || 1);
        assert_eq!((long.len(), long.last()), (LIST, Some(&1)));
    }
}
