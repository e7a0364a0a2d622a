use crate::head::LedgerHead;
use crate::key::KeyId;

/// What a record that holds consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Sessions that were opened.
    pub sessions: u64,
    /// Sessions whose events were removed.
    pub pruned: u64,
    /// Events that are there.
    pub events: u64,
    /// Of these, events beyond the last head of their session that a link vouches for: chained, and not signed yet.
    pub unsigned_events: u64,
    /// Links of the ledger.
    pub links: u64,
    /// The ledger's head: an anchor for later.
    pub head: Option<LedgerHead>,
    /// The keys whose signatures held, and how many of each. None without a public key to judge by: that shows
    /// accidents, not a rewrite.
    pub signed_by: Vec<(KeyId, u64)>,
    /// The key that the last link names, whether or not it was given.
    pub last_key: Option<KeyId>,
    /// Anchors of sessions whose events were removed before they could be met: they show nothing.
    pub pruned_anchors: u64,
}

impl Report {
    /// Whether no public key was given, so that nothing shows who wrote the record.
    #[must_use]
    pub fn is_unkeyed(&self) -> bool {
        self.signed_by.is_empty()
    }
}
