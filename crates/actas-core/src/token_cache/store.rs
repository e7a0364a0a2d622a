use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Equivalent, Weighter};

use super::settings::TokenCache;
use crate::config_error::ConfigError;
use crate::keys::Generation;
use crate::session::Auth;

/// The outcome of a verification, and what must still be so for it to count.
#[derive(Clone)]
pub(crate) struct Verified {
    pub(crate) auth: Auth,
    /// The key set that the token was verified with.
    pub(crate) generation: Generation,
    /// From when it was verified until the token ends, in seconds since the Unix epoch.
    ///
    /// What must not lie in the future, `nbf` and `iat`, did not when the token was verified, and does not later.
    holds: Range<u64>,
}

impl Verified {
    pub(crate) fn new(auth: Auth, generation: Generation, at: u64) -> Self {
        let end = u64::try_from(auth.ends_at()).unwrap_or(0);
        Self {
            auth,
            generation,
            holds: at..end,
        }
    }

    /// Whether the token would be accepted at `now` as well, provided that the keys are still the same.
    pub(crate) fn holds_at(&self, now: u64) -> bool {
        self.holds.contains(&now)
    }

    /// Whether the token has run out.
    pub(crate) fn is_over_at(&self, now: u64) -> bool {
        now >= self.holds.end
    }
}

/// The tokens that were verified lately.
///
/// Concurrent, and bounded by number and bytes. What is evicted is what has not come again: the cache's policy (S3-FIFO's
/// kin) lets a newcomer displace other newcomers first.
pub(crate) struct VerifiedTokens {
    settings: TokenCache,
    store: Store,
}

enum Store {
    Tokens(Table<Token>),
    Fingerprints(Box<hmac::Key>, Table<Fingerprint>),
}

type Table<K> = Cache<K, Verified, Weigh, DefaultHashBuilder, DefaultLifecycle<K, Verified>>;

impl VerifiedTokens {
    /// Fails where the machine gives no random bytes for the fingerprints' key.
    pub(crate) fn new(settings: TokenCache) -> Result<Self, ConfigError> {
        let store = if settings.fingerprints {
            let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
                .map_err(|_| ConfigError::NoRandomness)?;
            Store::Fingerprints(Box::new(key), table(settings))
        } else {
            Store::Tokens(table(settings))
        };
        Ok(Self { settings, store })
    }

    /// An empty one with the same settings.
    pub(crate) fn emptied(&self) -> Result<Self, ConfigError> {
        Self::new(self.settings)
    }

    pub(crate) fn get(&self, token: &[u8]) -> Option<Verified> {
        match &self.store {
            Store::Tokens(tokens) => tokens.get(&Bearer(token)),
            Store::Fingerprints(key, fingerprints) => fingerprints.get(&fingerprint(key, token)),
        }
    }

    pub(crate) fn insert(&self, token: &str, verified: Verified) {
        match &self.store {
            Store::Tokens(tokens) => tokens.insert(Token(token.into()), verified),
            Store::Fingerprints(key, fingerprints) => {
                fingerprints.insert(fingerprint(key, token.as_bytes()), verified);
            }
        }
    }

    /// Forgets what was found for `token` to hold no longer, unless it was verified anew in the meantime.
    pub(crate) fn forget(&self, token: &[u8], stale: &Verified) {
        let is_it = |found: &Verified| found.auth.is_same_session(&stale.auth);
        match &self.store {
            Store::Tokens(tokens) => {
                tokens.remove_if(&Bearer(token), is_it);
            }
            Store::Fingerprints(key, fingerprints) => {
                fingerprints.remove_if(&fingerprint(key, token), is_it);
            }
        }
    }
}

#[cfg(test)]
impl VerifiedTokens {
    pub(crate) fn len(&self) -> usize {
        match &self.store {
            Store::Tokens(tokens) => tokens.len(),
            Store::Fingerprints(_, fingerprints) => fingerprints.len(),
        }
    }

    /// Bytes of the entries, as they are counted.
    pub(crate) fn weight(&self) -> u64 {
        match &self.store {
            Store::Tokens(tokens) => tokens.weight(),
            Store::Fingerprints(_, fingerprints) => fingerprints.weight(),
        }
    }

    /// Whether `bytes` stand in what an entry is known by.
    pub(crate) fn names(&self, bytes: &[u8]) -> bool {
        let stand_in = |name: &[u8]| name.windows(bytes.len()).any(|part| part == bytes);
        match &self.store {
            Store::Tokens(tokens) => tokens
                .iter()
                .any(|(Token(token), _)| stand_in(token.as_bytes())),
            Store::Fingerprints(_, fingerprints) => fingerprints
                .iter()
                .any(|(fingerprint, _)| stand_in(&fingerprint)),
        }
    }
}

impl fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokens")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

fn table<K: Key>(settings: TokenCache) -> Table<K> {
    let max_entries = u64::try_from(settings.max_entries).unwrap_or(u64::MAX);
    let max_bytes = u64::try_from(settings.max_bytes).unwrap_or(u64::MAX);
    // By what is expected the table is parted, and remembers names of what it evicted: no more than can be there.
    let expected = settings.max_entries.min(settings.max_bytes / USUAL);
    // The cache has one bound. An entry that weighs no less than its share of the bytes keeps the other bound, too.
    let share = max_bytes.div_ceil(max_entries.max(1));
    let weigh = Weigh {
        // Nothing enters that is heavier than 0.97 of the bound: a single entry is to.
        least: share.min(max_bytes.saturating_sub(max_bytes.div_ceil(32))),
    };
    Cache::with(
        expected.max(1),
        max_bytes,
        weigh,
        DefaultHashBuilder::default(),
        DefaultLifecycle::default(),
    )
}

/// What a verified token is known by.
trait Key: Eq + Hash + Clone {
    /// Bytes it keeps outside the table.
    fn bytes(&self) -> usize;
}

/// A token, whole.
#[derive(Clone, PartialEq, Eq)]
struct Token(Box<str>);

/// A token that is looked up.
struct Bearer<'t>(&'t [u8]);

impl Key for Token {
    fn bytes(&self) -> usize {
        self.0.len()
    }
}

impl Hash for Token {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Bearer(self.0.as_bytes()).hash(state);
    }
}

impl Hash for Bearer<'_> {
    /// The last sixteen bytes: they are of the signature, which nobody without the key can choose, so that no more than
    /// chance brings two tokens together.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let tail = self.0.last_chunk::<16>();
        state.write_u128(u128::from_ne_bytes(tail.copied().unwrap_or_default()));
    }
}

impl Equivalent<Token> for Bearer<'_> {
    fn equivalent(&self, token: &Token) -> bool {
        self.0 == token.0.as_bytes()
    }
}

type Fingerprint = [u8; 16];

impl Key for Fingerprint {
    fn bytes(&self) -> usize {
        0
    }
}

fn fingerprint(key: &hmac::Key, token: &[u8]) -> Fingerprint {
    let tag = hmac::sign(key, token);
    tag.as_ref().first_chunk().copied().unwrap_or_default()
}

#[derive(Clone)]
struct Weigh {
    least: u64,
}

/// Bytes of a usual entry.
const USUAL: usize = 2048;

/// What a table of `quick_cache` takes for an entry beside key and value: links, state, and a slot of the hash table.
const LINKS: usize = 32;

impl<K: Key> Weighter<K, Verified> for Weigh {
    fn weight(&self, key: &K, verified: &Verified) -> u64 {
        let table = size_of::<K>().saturating_add(size_of::<Verified>());
        let kept = key.bytes().saturating_add(verified.auth.bytes());
        let bytes = table.saturating_add(kept).saturating_add(LINKS);
        u64::try_from(bytes).unwrap_or(u64::MAX).max(self.least)
    }
}
