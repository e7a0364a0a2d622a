use std::sync::{Arc, RwLock};

use crate::keys::{Generation, PublicKey};

/// How many headers are known at once: an issuer uses one for each of its keys.
const MOST: usize = 8;

/// The headers of tokens that were verified with the current key set, and the key that each led to.
///
/// A header is judged once, bytes for bytes. Only one that came with a valid signature is kept, so that nobody but the
/// issuer decides what lies here.
#[derive(Debug, Default)]
pub(crate) struct KnownHeaders {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The set that all the keys are of.
    generation: Option<Generation>,
    keys: Vec<(Box<[u8]>, Arc<PublicKey>)>,
}

impl KnownHeaders {
    pub(crate) fn find(&self, header: &[u8], generation: Generation) -> Option<Arc<PublicKey>> {
        let known = self.known.read().ok()?;
        if known.generation != Some(generation) {
            return None;
        }
        let (_, key) = known.keys.iter().find(|(known, _)| **known == *header)?;
        Some(Arc::clone(key))
    }

    pub(crate) fn keep(&self, header: &[u8], key: &Arc<PublicKey>, generation: Generation) {
        // An issuer whose headers are all different fills the places for good: then nobody waits for the lock.
        let is_full =
            |known: &Known| known.generation == Some(generation) && known.keys.len() >= MOST;
        if self.known.read().is_ok_and(|known| is_full(&known)) {
            return;
        }
        let Ok(mut known) = self.known.write() else {
            return;
        };
        if known.generation != Some(generation) {
            known.keys.clear();
            known.generation = Some(generation);
        }
        let is_new = known.keys.iter().all(|(known, _)| **known != *header);
        if is_new && known.keys.len() < MOST {
            known.keys.push((header.into(), Arc::clone(key)));
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.read().unwrap().keys.len()
    }
}
