//! Why an admin acts, in their words.

use std::ops::RangeInclusive;

/// Characters of the longest ticket of a help desk.
const MAX_TICKET: usize = 128;

/// Whether these can be the bounds of a reason's length.
pub(crate) fn are_bounds(length: &RangeInclusive<usize>) -> bool {
    *length.start() > 0 && !length.is_empty()
}

/// The reason without the white space at its ends, where it has so many characters and none that controls.
pub(crate) fn reason<'a>(text: &'a str, length: &RangeInclusive<usize>) -> Option<&'a str> {
    let text = text.trim();
    let is_good = length.contains(&text.chars().count()) && !text.chars().any(char::is_control);
    is_good.then_some(text)
}

/// The ticket of a help desk without the white space at its ends.
pub(crate) fn help_desk_ticket(text: &str) -> Option<&str> {
    reason(text, &(1..=MAX_TICKET))
}
