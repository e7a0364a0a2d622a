//! The ledger: one chain over all sessions, whose links vouch for the heads of theirs.

use serde::{Deserialize, Serialize};

use crate::body;
use crate::body_error::BodyError;
use crate::hash::Hash;
use crate::head::{Head, LedgerHead};
use crate::id::SessionId;
use crate::time::Timestamp;

/// One link of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// Its number, from 1.
    pub n: u64,
    /// When it was made.
    pub at: Timestamp,
    /// What it says of the session.
    pub kind: LinkKind,
    /// The session.
    pub session: SessionId,
    /// The head that the session's link before this one vouches for; `None` where it is opened or pruned.
    pub from: Option<Head>,
    /// The head that this link vouches for: with all events of the session up to it.
    pub to: Head,
    /// The hash of link `n` - 1, or `None` for the first.
    pub prev: Option<Hash>,
}

/// What a link says of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkKind {
    /// Its first event was written: `to.seq` is 1.
    Opened,
    /// It was over. One that is used again is closed again.
    Closed,
    /// Its events were removed: `to` is the last head that was vouched for.
    Pruned,
}

impl LinkKind {
    /// The kind's name, as the record has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
            Self::Pruned => "pruned",
        }
    }
}

impl Link {
    /// The link that follows `head`, or the first of the ledger.
    #[must_use]
    pub fn new(
        head: Option<&LedgerHead>,
        at: Timestamp,
        kind: LinkKind,
        session: SessionId,
        from: Option<Head>,
        to: Head,
    ) -> Self {
        Self {
            n: head.map_or(0, |head| head.n).saturating_add(1),
            at,
            kind,
            session,
            from,
            to,
            prev: head.map(|head| head.hash),
        }
    }

    /// Its body: the text that is stored, hashed, and never written anew.
    ///
    /// # Errors
    ///
    /// [`BodyError::Number`] when a number is beyond 2^53 - 1.
    pub fn to_body(&self) -> Result<String, BodyError> {
        body::write(self)
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// [`BodyError`] when it is no link of a version and kind known here, or differs by as much as a byte from the
    /// canonical form of what it says.
    pub fn from_body(body: &str) -> Result<Self, BodyError> {
        let Version { v } = body::read(body)?;
        if v != body::VERSION {
            return Err(BodyError::Version);
        }
        body::compare(body::read(body)?, body)
    }
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn what_is_written_is_read() {
        let to = Head {
            seq: 1,
            hash: Hash::of_event("{}"),
        };
        let first = Link::new(
            None,
            Timestamp::from_seconds(0),
            LinkKind::Opened,
            testdata::session(),
            None,
            to,
        );
        let body = first.to_body().unwrap();
        assert_eq!(
            body,
            format!(
                r#"{{"at":"1970-01-01T00:00:00.000Z","from":null,"kind":"opened","n":1,"prev":null,"session":"{}","to":{{"hash":"{}","seq":1}},"v":1}}"#,
                first.session, to.hash,
            )
        );
        let head = LedgerHead {
            n: 1,
            hash: Hash::of_link(&body),
        };
        let second = Link::new(
            Some(&head),
            first.at,
            LinkKind::Closed,
            first.session,
            Some(to),
            to,
        );
        assert_eq!((second.n, second.prev), (2, Some(head.hash)));
        assert_eq!(Link::from_body(&body), Ok(first));
        assert_eq!(Link::from_body(&second.to_body().unwrap()), Ok(second));

        for (from, to) in [
            (r#""n":1"#, r#""n": 1"#),
            (r#""from":null,"#, ""),
            (r#","v":1"#, r#","v":1,"w":1"#),
        ] {
            assert_eq!(
                Link::from_body(&body.replacen(from, to, 1)),
                Err(BodyError::NotCanonical)
            );
        }
        assert_eq!(
            Link::from_body(&body.replace(r#""v":1"#, r#""v":2"#)),
            Err(BodyError::Version)
        );
        assert!(matches!(
            Link::from_body("[]"),
            Err(BodyError::Shape { .. })
        ));
    }
}
