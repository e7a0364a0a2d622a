use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::key::{KeyId, Signature, VerifyingKey};
use crate::time::Timestamp;
use crate::verify::{Next, StatedLink};

/// The version that files are written in.
pub(super) const VERSION: u64 = 1;

/// The link that every record begins with.
pub(super) const FIRST_LINK: u64 = 1;

/// What every export begins with, to the byte.
pub(super) const BEGINNING: &[u8] = b"{\"actas_audit_export\":";

/// One line of an export.
pub(super) enum Line<'a> {
    Event(EventLine<'a>),
    Link(LinkLine<'a>),
    End(EndLine),
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderLine {
    pub(super) actas_audit_export: u64,
    /// The first link of the ledger that follows: always [`FIRST_LINK`].
    pub(super) from_n: u64,
    /// When the record was read, as whoever wrote the file had it. Nothing is judged by it.
    at: Timestamp,
    pub(super) key: Option<StatedKey>,
}

/// The public key as whoever wrote the file had it. Nothing is judged by it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatedKey {
    id: KeyId,
    /// The 32 bytes in base64url.
    public: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventLine<'a> {
    #[serde(borrow)]
    pub(super) event: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkLine<'a> {
    #[serde(borrow)]
    link: Cow<'a, str>,
    signature: Signature,
    key_id: KeyId,
    /// The session's next link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
    /// The session goes on in events that no link vouches for.
    #[serde(default, skip_serializing_if = "is_false")]
    open: bool,
    /// The session's events have been removed.
    #[serde(default, skip_serializing_if = "is_false")]
    pruned: bool,
}

/// The last line: what came before it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndLine {
    pub(super) end: End,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) links: u64,
    pub(super) events: u64,
    /// Over all lines before, with their ends: for accidents.
    pub(super) sha256: Hash,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl<'a> Line<'a> {
    /// Reads a line as it is written, and no other.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(line).ok()?;
        if text.starts_with("{\"event\":") {
            serde_json::from_str(text).ok().map(Self::Event)
        } else if text.starts_with("{\"link\":") {
            serde_json::from_str(text).ok().map(Self::Link)
        } else {
            serde_json::from_str(text).ok().map(Self::End)
        }
    }
}

impl HeaderLine {
    pub(super) fn new(at: Timestamp, key: Option<&VerifyingKey>) -> Self {
        Self {
            actas_audit_export: VERSION,
            from_n: FIRST_LINK,
            at,
            key: key.map(StatedKey::new),
        }
    }

    /// Whether its members go together.
    pub(super) fn is_whole(&self) -> bool {
        self.key.as_ref().is_none_or(StatedKey::is_whole)
    }
}

impl StatedKey {
    pub(super) fn new(key: &VerifyingKey) -> Self {
        Self {
            id: key.id(),
            public: URL_SAFE_NO_PAD.encode(key.as_bytes()),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let bytes = URL_SAFE_NO_PAD
            .decode(&self.public)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
        key.is_some_and(|key| key.id() == self.id)
    }
}

impl<'a> LinkLine<'a> {
    pub(super) fn new(stated: &StatedLink<'a>) -> Self {
        Self {
            link: Cow::Borrowed(stated.body),
            signature: stated.signature,
            key_id: stated.key_id,
            next: match stated.next {
                Next::Link(n) => Some(n),
                Next::Events | Next::Nowhere => None,
            },
            open: stated.next == Next::Events,
            pruned: stated.is_pruned,
        }
    }

    /// `None` where it says two things at once.
    pub(super) fn stated(&self) -> Option<StatedLink<'_>> {
        let next = match (self.next, self.open) {
            (Some(n), false) => Next::Link(n),
            (None, true) => Next::Events,
            (None, false) => Next::Nowhere,
            (Some(_), true) => return None,
        };
        Some(StatedLink {
            body: &self.link,
            signature: self.signature,
            key_id: self.key_id,
            next,
            is_pruned: self.pruned,
        })
    }
}
