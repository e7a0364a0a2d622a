//! What chains records.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;

use crate::malformed::Malformed;
use crate::text_form::{by_text_form, read_hex, write_hex};

/// The SHA-256 of a record, with the kind of record before its body so that one kind cannot pass for another.
///
/// Its text form is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

by_text_form!(Hash);

impl Hash {
    /// The hash of an event: over `actas event v1`, a line feed, and its body.
    #[must_use]
    pub fn of_event(body: &str) -> Self {
        Self::of(&[b"actas event v1\n", body.as_bytes()])
    }

    /// The hash of a link of the ledger: over `actas link v1`, a line feed, and its body.
    #[must_use]
    pub fn of_link(body: &str) -> Self {
        Self::of(&[b"actas link v1\n", body.as_bytes()])
    }

    /// The hash whose bytes are these.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in parts {
            context.update(part);
        }
        Self::from_digest(&context.finish())
    }

    pub(crate) fn from_digest(digest: &digest::Digest) -> Self {
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self(hash)
    }

    /// The first `N` of its bytes, at most 32.
    pub(crate) fn first<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(self.0) {
            *to = from;
        }
        bytes
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl FromStr for Hash {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        read_hex(text)
            .map(Self)
            .ok_or(Malformed::new("a hash of 64 lower-case hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by `printf 'actas event v1\n{}' | sha256sum`, and the same with `link`.
    #[test]
    fn an_event_and_a_link_of_one_body_differ() {
        assert_eq!(
            Hash::of_event("{}").to_string(),
            "e6196b5f65b53502b81c7cf26d288f5e876945b27f566327922d79c2cbb295d1"
        );
        assert_eq!(
            Hash::of_link("{}").to_string(),
            "762427f15c0e74ffd826fed24661ec248727c8e51f9ecb4ecfe2904cbbe869d0"
        );
        assert_eq!(
            "e6196b5f65b53502b81c7cf26d288f5e876945b27f566327922d79c2cbb295d1".parse(),
            Ok(Hash::of_event("{}"))
        );
    }
}
