use std::borrow::{Borrow, Cow};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A string of a session: a range of the one allocation that all of the session's strings share.
///
/// It reads as a `&str` and serialises as a string. Cloning costs a reference count. A `Text` that is kept keeps the
/// claims of its session in memory (at most the largest token the verifier takes); `to_string` detaches it.
#[derive(Clone)]
pub struct Text {
    source: Arc<str>,
    range: Range<u32>,
}

impl Text {
    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The range was measured on this very source by `Shelf`, so it always is one.
        self.beside(self.range.clone())
    }

    /// Another range of the allocation that it is a range of.
    pub(crate) fn beside(&self, range: Range<u32>) -> &str {
        self.source
            .get(range.start as usize..range.end as usize)
            .unwrap_or_default()
    }

    /// Bytes of the allocation that it is a range of.
    pub(crate) fn source_len(&self) -> usize {
        self.source.len()
    }
}

/// Gathers the strings that a session keeps, before their shared allocation is made.
pub(crate) struct Shelf<'p> {
    text: &'p str,
    unescaped: String,
}

impl<'p> Shelf<'p> {
    /// `text` must be shorter than 2 GiB; the verifier's limit on tokens sees to that.
    pub(crate) fn new(text: &'p str) -> Self {
        Self {
            text,
            unescaped: String::new(),
        }
    }

    /// Finds `part` where it lies in the text, or lays an unescaped copy behind it.
    #[expect(
        clippy::ptr_arg,
        reason = "whether it is borrowed decides where it lies"
    )]
    pub(crate) fn place(&mut self, part: &Cow<'p, str>) -> Range<u32> {
        let start = match part {
            Cow::Borrowed(part) => (part.as_ptr() as usize)
                .checked_sub(self.text.as_ptr() as usize)
                // Two borrowed strings at one address are one string.
                .filter(|start| start.saturating_add(part.len()) <= self.text.len()),
            Cow::Owned(_) => None,
        };
        let start = start.unwrap_or_else(|| {
            let start = self.text.len().saturating_add(self.unescaped.len());
            self.unescaped.push_str(part);
            start
        });
        let end = start.saturating_add(part.len());
        u32::try_from(start).unwrap_or(u32::MAX)..u32::try_from(end).unwrap_or(u32::MAX)
    }

    /// Bytes of the text, which comes to stand in front.
    pub(crate) fn claims_len(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn finish(self) -> Arc<str> {
        if self.unescaped.is_empty() {
            return Arc::from(self.text);
        }
        Arc::from([self.text, &self.unescaped].concat())
    }
}

/// Cuts strings out of the allocation that a [`Shelf`] became.
pub(crate) fn cut(source: &Arc<str>, range: Range<u32>) -> Text {
    Text {
        source: Arc::clone(source),
        range,
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Text> for str {
    fn eq(&self, other: &Text) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Text> for &str {
    fn eq(&self, other: &Text) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, other: &Text) -> bool {
        self == other.as_str()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borrowed_part_is_a_range_and_an_owned_one_is_laid_behind() {
        let text = String::from("{\"sub\":\"user_1\",\"sid\":\"s\\u0031\"}");
        let mut shelf = Shelf::new(&text);
        let sub = shelf.place(&Cow::Borrowed(text.get(8..14).unwrap()));
        let sid = shelf.place(&Cow::Owned("s1".to_owned()));
        let source = shelf.finish();
        assert_eq!(cut(&source, sub.clone()), "user_1");
        assert_eq!(sub, 8..14);
        assert_eq!(cut(&source, sid), "s1");
    }

    #[test]
    fn a_part_from_elsewhere_is_copied() {
        let text = String::from("abc");
        let elsewhere = String::from("zzz");
        let mut shelf = Shelf::new(&text);
        let part = shelf.place(&Cow::Borrowed(&elsewhere));
        assert_eq!(cut(&shelf.finish(), part), "zzz");
    }
}
