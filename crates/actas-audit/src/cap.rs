//! How long what comes from outside may be.

/// What text ends with that was cut.
pub const CUT: &str = "…[cut]";

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

/// Cuts `text` to at most `bytes`, the mark included, between two characters.
pub(crate) fn text(text: &mut String, bytes: usize) {
    if text.len() <= bytes {
        return;
    }
    let end = text.floor_char_boundary(bytes.saturating_sub(CUT.len()));
    text.truncate(end);
    text.push_str(CUT);
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

    fn cut(value: &str, bytes: usize) -> String {
        let mut value = value.to_owned();
        text(&mut value, bytes);
        value
    }

    #[test]
    fn what_is_too_long_ends_with_the_mark() {
        assert_eq!(cut("0123456789", 10), "0123456789");
        assert_eq!(cut("0123456789a", 10), "01…[cut]");
        // Not within the two bytes of a character, and no more than the cap.
        assert_eq!(cut("0ëëëëëëëëë", 10), "0…[cut]");
        assert_eq!(cut(&"x".repeat(4000), REASON).len(), REASON);
        // What was cut once is not cut again.
        assert_eq!(cut("01…[cut]", 10), "01…[cut]");
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
