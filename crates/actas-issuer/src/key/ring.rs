use std::sync::Arc;

use super::error::KeyError;
use super::signing::SigningKey;

/// Seconds that no token lives longer than: a day.
pub const MAX_TOKEN_SECONDS: u64 = 86_400;

/// Seconds for which a key stays published once another one signs: as long as its last token is taken, with the largest
/// leeway of a verifier (300), and with clocks of nodes that differ by a minute.
const PUBLISHED_AFTER: u64 = MAX_TOKEN_SECONDS + 300 + 60;

/// Keys that a ring holds at most.
const MAX_KEYS: usize = 64;

/// The keys of an issuer: one signs, all of them are published.
///
/// ```
/// use actas_issuer::{Issuer, KeyRing, SigningKey};
///
/// # fn example(signing_key: &str, previous_key: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let keys = KeyRing::new(SigningKey::from_pem(signing_key)?)
///     // Tokens that it signed before are still taken.
///     .add_published(SigningKey::from_pem(previous_key)?)?;
/// let issuer = Issuer::new("https://app.example.com", keys)?;
/// # Ok(())
/// # }
/// ```
///
/// A ring in a [`KeyFile`](crate::KeyFile) takes care of rotation by itself.
#[derive(Clone, Debug)]
pub struct KeyRing {
    /// By when they sign from; those that are published only come first.
    keys: Vec<RingKey>,
}

#[derive(Clone, Debug)]
pub(super) struct RingKey {
    pub(super) key: Arc<SigningKey>,
    /// Seconds since the Unix epoch, or `None` where it is published only.
    pub(super) signs_from: Option<u64>,
}

impl KeyRing {
    /// A ring whose `key` signs.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self {
            keys: vec![RingKey {
                key: Arc::new(key),
                signs_from: Some(0),
            }],
        }
    }

    /// Publishes another key, which does not sign: one that signed before, or one that is going to.
    ///
    /// # Errors
    ///
    /// [`KeyError::Duplicate`] when the ring holds it already, [`KeyError::RingFull`] when it holds 64 keys.
    pub fn add_published(mut self, key: SigningKey) -> Result<Self, KeyError> {
        self.add(key, None)?;
        Ok(self)
    }

    /// The key that signs at `now`.
    pub(crate) fn signing(&self, now: u64) -> Result<&Arc<SigningKey>, KeyError> {
        let mut signing = self.keys.iter().filter(|key| key.signs_from.is_some());
        // Before any of them signs, a clock is wrong: the earliest is the one that other nodes know best.
        let earliest = signing.clone().next();
        signing
            .rfind(|key| key.signs_from <= Some(now))
            .or(earliest)
            .map(|key| &key.key)
            .ok_or(KeyError::Unknown)
    }

    /// The keys that are published at `now`, the latest first.
    pub(crate) fn published(&self, now: u64) -> impl Iterator<Item = &SigningKey> {
        let published = self.keys.iter().rev();
        published
            .filter(move |key| self.ends(key).is_none_or(|end| now < end))
            .map(|key| &*key.key)
    }

    /// When the next published key ends after `now`.
    pub(crate) fn changes(&self, now: u64) -> Option<u64> {
        let ends = self.keys.iter().filter_map(|key| self.ends(key));
        ends.filter(|end| now < *end).min()
    }

    /// The key that a later rotation would replace.
    pub(super) fn latest(&self) -> Result<&RingKey, KeyError> {
        self.keys.last().ok_or(KeyError::Unknown)
    }

    pub(super) fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    pub(super) fn from_keys(
        keys: impl IntoIterator<Item = (SigningKey, u64)>,
    ) -> Result<Self, KeyError> {
        let mut ring = Self { keys: Vec::new() };
        for (key, signs_from) in keys {
            ring.add(key, Some(signs_from))?;
        }
        ring.latest()?;
        Ok(ring)
    }

    pub(super) fn add(&mut self, key: SigningKey, signs_from: Option<u64>) -> Result<(), KeyError> {
        if self.keys.iter().any(|other| other.key.kid() == key.kid()) {
            return Err(KeyError::Duplicate);
        }
        if self.keys.len() >= MAX_KEYS {
            return Err(KeyError::RingFull);
        }
        let at = self
            .keys
            .partition_point(|other| other.signs_from <= signs_from);
        let key = Arc::new(key);
        self.keys.insert(at, RingKey { key, signs_from });
        Ok(())
    }

    /// Drops the keys that are no longer published.
    pub(super) fn drop_ended(&mut self, now: u64) {
        let whole = self.clone();
        self.keys
            .retain(|key| whole.ends(key).is_none_or(|end| now < end));
    }

    /// Takes a key away, with all of its tokens. Where it was to sign at `now`, the next one does, or `spare`.
    pub(super) fn remove(
        &mut self,
        kid: &str,
        now: u64,
        spare: impl FnOnce() -> Result<SigningKey, KeyError>,
    ) -> Result<(), KeyError> {
        if !self.keys.iter().any(|key| key.key.kid() == kid) {
            return Err(KeyError::Unknown);
        }
        let was_signing = self.signing(now)?.kid() == kid;
        self.keys.retain(|key| key.key.kid() != kid);
        if !was_signing {
            return Ok(());
        }
        let mut later = self.keys.iter_mut();
        match later.find(|key| key.signs_from > Some(now)) {
            Some(next) => next.signs_from = Some(now),
            None => self.add(spare()?, Some(now))?,
        }
        Ok(())
    }

    /// When it is published no longer, where another one signs after it.
    fn ends(&self, key: &RingKey) -> Option<u64> {
        let signs_from = key.signs_from?;
        let later = self.keys.iter().filter_map(|other| other.signs_from);
        let next = later.filter(|other| *other > signs_from).min()?;
        Some(next.saturating_add(PUBLISHED_AFTER))
    }
}

impl From<SigningKey> for KeyRing {
    fn from(key: SigningKey) -> Self {
        Self::new(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningAlgorithm;

    fn key() -> SigningKey {
        SigningKey::generate(SigningAlgorithm::EdDsa).unwrap()
    }

    fn kids<'r>(keys: impl Iterator<Item = &'r SigningKey>) -> Vec<&'r str> {
        keys.map(SigningKey::kid).collect()
    }

    #[test]
    fn a_key_signs_from_its_time_and_is_published_before_and_after() {
        let (first, second) = (key(), key());
        let (a, b) = (first.kid().to_owned(), second.kid().to_owned());
        let ring = KeyRing::from_keys([(second, 1000), (first, 0)]).unwrap();
        let end = 1000 + PUBLISHED_AFTER;
        for (now, signing, published) in [
            (0, &a, vec![&b, &a]),
            (999, &a, vec![&b, &a]),
            (1000, &b, vec![&b, &a]),
            (end - 1, &b, vec![&b, &a]),
            (end, &b, vec![&b]),
            (u64::MAX, &b, vec![&b]),
        ] {
            assert_eq!(ring.signing(now).unwrap().kid(), signing, "{now}");
            assert_eq!(kids(ring.published(now)), published, "{now}");
        }
        assert_eq!(ring.changes(0), Some(end));
        assert_eq!(ring.changes(end), None);
        let mut ended = ring;
        ended.drop_ended(end - 1);
        assert_eq!(ended.keys().len(), 2);
        ended.drop_ended(end);
        assert_eq!(ended.keys().len(), 1);
    }

    #[test]
    fn a_key_that_is_published_only_never_signs_and_never_ends() {
        let (first, other) = (key(), key());
        let (a, b) = (first.kid().to_owned(), other.kid().to_owned());
        let ring = KeyRing::new(first).add_published(other).unwrap();
        for now in [0, u64::MAX] {
            assert_eq!(ring.signing(now).unwrap().kid(), a);
            assert_eq!(kids(ring.published(now)), [&a, &b]);
        }
    }

    #[test]
    fn a_clock_that_is_behind_signs_with_the_earliest() {
        let (first, second) = (key(), key());
        let a = first.kid().to_owned();
        let ring = KeyRing::from_keys([(first, 500), (second, 1000)]).unwrap();
        assert_eq!(ring.signing(3).unwrap().kid(), a);
    }

    #[test]
    fn what_signs_is_replaced_when_it_is_taken_away() {
        let (first, second, third) = (key(), key(), key());
        let (a, b, c) = (
            first.kid().to_owned(),
            second.kid().to_owned(),
            third.kid().to_owned(),
        );
        let mut ring = KeyRing::from_keys([(first, 0), (second, 100), (third, 200)]).unwrap();
        // It waits to sign: nothing else changes.
        let none = || panic!("no spare is needed");
        ring.remove(&c, 150, none).unwrap();
        assert_eq!(ring.signing(300).unwrap().kid(), b);
        assert!(matches!(ring.remove(&c, 150, none), Err(KeyError::Unknown)));
        ring.add(key(), Some(200)).unwrap();
        // The one that signs goes: the next signs at once, and the first one does not come back.
        ring.remove(&b, 150, none).unwrap();
        let next = ring.signing(150).unwrap().kid().to_owned();
        assert!(next != a && next != b);
        ring.remove(&next, 160, || Ok(key())).unwrap();
        let spare = ring.signing(160).unwrap().kid().to_owned();
        assert!(spare != a && spare != next);
        assert_eq!(kids(ring.published(160)), [&spare, &a]);
    }

    #[test]
    fn a_ring_holds_each_key_once_and_64_at_most() {
        let one = key();
        let twin = SigningKey::from_jwk(&one.to_private_jwk().unwrap()).unwrap();
        let mut ring = KeyRing::new(one);
        assert!(matches!(ring.add(twin, Some(7)), Err(KeyError::Duplicate)));
        for at in 1..64 {
            ring.add(key(), Some(at)).unwrap();
        }
        assert!(matches!(ring.add(key(), None), Err(KeyError::RingFull)));
    }
}
