use super::finding::{Finding, Place, Problem};
use super::stated::StatedLink;
use crate::hash::Hash;
use crate::key::{KeyId, VerifyingKey};

/// The keys that links may be signed by, and how many each has signed.
#[derive(Default)]
pub(crate) struct Keys(Vec<(VerifyingKey, u64)>);

impl Keys {
    pub(super) fn add(&mut self, key: VerifyingKey) {
        self.0.push((key, 0));
    }

    /// Without a key, anything holds.
    pub(crate) fn judge(
        &mut self,
        n: u64,
        hash: &Hash,
        stated: &StatedLink<'_>,
    ) -> Result<(), Finding> {
        let found = |problem| Err(Finding::new(Place::Link(n), problem));
        if self.0.is_empty() {
            return Ok(());
        }
        match self.0.iter_mut().find(|(key, _)| key.id() == stated.key_id) {
            None => found(Problem::OtherKey(stated.key_id)),
            Some((key, count)) if key.has_signed(hash, &stated.signature) => {
                *count = count.saturating_add(1);
                Ok(())
            }
            Some(_) => found(Problem::Signature),
        }
    }

    pub(crate) fn signed_by(&self) -> Vec<(KeyId, u64)> {
        self.0
            .iter()
            .map(|(key, count)| (key.id(), *count))
            .collect()
    }
}
