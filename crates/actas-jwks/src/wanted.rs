use actas_core::{Algorithm, KeySet};

/// The key that somebody waits for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
}

impl Wanted {
    pub(crate) fn is_in(&self, keys: &KeySet) -> bool {
        keys.find(Some(&self.kid), self.algorithm).is_some()
    }
}
