//! What sessions and events are known by.

use std::fmt;
use std::str::FromStr;

use crate::hash::Hash;
use crate::malformed::{Malformed, NoRandomness};
use crate::text_form::{by_text_form, read_hex, write_hex};

/// A session in the record: the same on every node and in every process, and opaque.
///
/// Its text form is `imp_` and 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 16]);

by_text_form!(SessionId);

impl SessionId {
    /// The id of the session that `issuer` knows by `session_key`: the first 16 bytes of SHA-256 over both, each with
    /// its length in bytes before it (64 bits, big-endian).
    ///
    /// `session_key` is the text form of core's `SessionKey`, such as `sid:sess_1`.
    #[must_use]
    pub fn of(issuer: &str, session_key: &str) -> Self {
        let length = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes();
        let hash = Hash::of(&[
            &length(issuer),
            issuer.as_bytes(),
            &length(session_key),
            session_key.as_bytes(),
        ]);
        Self(hash.first())
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("imp_")?;
        write_hex(f, &self.0)
    }
}

impl FromStr for SessionId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let id = text.strip_prefix("imp_").and_then(read_hex).map(Self);
        id.ok_or(Malformed::new(
            "a session id: imp_ and 32 lower-case hexadecimal digits",
        ))
    }
}

/// One event, unique over all sessions: what tells a write that is tried again from a new one.
///
/// Its text form is 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId([u8; 16]);

by_text_form!(EventId);

impl EventId {
    /// A new id of 128 random bits.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] when the machine gives no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(bytes))
    }

    /// The id whose bytes are these.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl FromStr for EventId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        read_hex(text).map(Self).ok_or(Malformed::new(
            "an event id of 32 lower-case hexadecimal digits",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first was computed apart from this code, by Python's `hashlib`.
    #[test]
    fn a_session_is_known_by_issuer_and_key() {
        let id = SessionId::of("https://clerk.example.com", "sid:sess_1");
        assert_eq!(id.to_string(), "imp_bd4c941f37460fb88008b5056a362c27");
        assert_eq!("imp_bd4c941f37460fb88008b5056a362c27".parse(), Ok(id));
        assert_ne!(SessionId::of("a", "bc"), SessionId::of("ab", "c"));
        for text in ["imp_", "imp_bd4c941f37460fb88008b5056a362c270", "sess_1"] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn events_have_ids_of_their_own() {
        let id = EventId::random().unwrap();
        assert_ne!(id, EventId::random().unwrap());
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
