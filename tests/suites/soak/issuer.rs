use std::sync::{Arc, RwLock};

use actas_tests::Signer;
use serde_json::json;

/// Keys that are published at a time.
pub(crate) const PUBLISHED: usize = 2;

/// An issuer whose keys rotate. Keys are numbered, and so are the sets that they are published with: set *n* holds the keys
/// *n* and *n* - 1.
///
/// The number of the newest set is the clock of this test. It is read and moved under one lock, by the servers, the clients
/// and the rotation alike, so that what happened before what is never a question of time.
pub(crate) struct Issuer {
    keys: RwLock<Vec<Arc<Key>>>,
}

pub(crate) struct Key {
    pub(crate) number: usize,
    pub(crate) signer: Signer,
    /// The set that it was the newest key of.
    pub(crate) set: String,
}

impl Key {
    /// The first set that it is not in.
    pub(crate) fn withdrawn_by(number: usize) -> usize {
        number + PUBLISHED
    }
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let issuer = Self {
            keys: RwLock::default(),
        };
        issuer.rotate();
        issuer
    }

    /// Publishes a key, and withdraws the oldest, at once.
    pub(crate) fn rotate(&self) {
        let mut keys = self.keys.write().unwrap();
        let number = keys.len();
        let signer = Signer::eddsa(format!("key_{number}"));
        let stay = keys.iter().rev().take(PUBLISHED - 1);
        let published: Vec<_> = stay
            .map(|key| key.signer.jwk())
            .chain([signer.jwk()])
            .collect();
        keys.push(Arc::new(Key {
            number,
            signer,
            set: json!({ "keys": published }).to_string(),
        }));
    }

    pub(crate) fn newest(&self) -> Arc<Key> {
        Arc::clone(self.keys.read().unwrap().last().unwrap())
    }

    pub(crate) fn key(&self, number: usize) -> Arc<Key> {
        Arc::clone(&self.keys.read().unwrap()[number])
    }
}
