//! How far a chain has come.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// The head of a session's chain: its last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Head {
    /// The number of the event within the session, from 1, and so the count of the session's events up to it.
    pub seq: u64,
    /// The event's hash.
    pub hash: Hash,
}

/// The head of the ledger: its last link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LedgerHead {
    /// The number of the link, from 1.
    pub n: u64,
    /// The link's hash.
    pub hash: Hash,
}

impl fmt::Display for LedgerHead {
    /// The number, a colon and the hash: what an anchor is written as.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, self.hash)
    }
}
