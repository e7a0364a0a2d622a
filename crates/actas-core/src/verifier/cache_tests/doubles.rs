//! Doubles: a clock that a test moves, and a source whose keys a test changes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::keys::{Generation, KeyFuture, KeySet, KeySource, WantedKey};
use crate::separator::Separator;
use crate::session::Auth;
use crate::test_token::{ISSUER, NOW, jwks_of};
use crate::token_cache::{TokenCache, VerifiedTokens};
use crate::verifier::{Verifier, VerifierBuilder, WithKeys};

/// A clock that stands where it is put, first at [`NOW`].
#[derive(Clone, Debug)]
pub(in crate::verifier) struct MovableClock(Arc<AtomicU64>);

impl MovableClock {
    const BROKEN: u64 = u64::MAX;

    pub(in crate::verifier) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW)))
    }

    pub(in crate::verifier) fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    /// From here on it cannot tell the time.
    pub(in crate::verifier) fn break_down(&self) {
        self.set(Self::BROKEN);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|now| *now != Self::BROKEN)
    }
}

/// A source whose keys change when a test says so. It counts what it is asked.
#[derive(Clone, Debug, Default)]
pub(in crate::verifier) struct MovableKeys(Arc<State>);

#[derive(Debug, Default)]
struct State {
    current: Mutex<Option<Arc<KeySet>>>,
    fetched: Mutex<Option<Arc<KeySet>>>,
    asked: AtomicUsize,
    fetches: AtomicUsize,
}

/// The set with the keys of these seeds, each under its `kid`.
pub(in crate::verifier) fn key_set(keys: &[(&str, u8)]) -> Arc<KeySet> {
    Arc::new(KeySet::from_json(&jwks_of(keys)).unwrap())
}

impl MovableKeys {
    pub(in crate::verifier) fn new(keys: &[(&str, u8)]) -> Self {
        let source = Self::default();
        source.set(Some(key_set(keys)));
        source
    }

    pub(in crate::verifier) fn set(&self, keys: Option<Arc<KeySet>>) {
        *self.0.current.lock().unwrap() = keys;
    }

    /// What a fetch brings. It does not become current by itself.
    pub(in crate::verifier) fn set_fetched(&self, keys: Option<Arc<KeySet>>) {
        *self.0.fetched.lock().unwrap() = keys;
    }

    /// How often it was asked for keys, and not only for their generation.
    pub(in crate::verifier) fn asked(&self) -> usize {
        self.0.asked.load(Ordering::Relaxed)
    }

    pub(in crate::verifier) fn fetches(&self) -> usize {
        self.0.fetches.load(Ordering::Relaxed)
    }
}

impl KeySource for MovableKeys {
    fn current(&self) -> Option<Arc<KeySet>> {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        self.0.current.lock().unwrap().clone()
    }

    fn generation(&self) -> Option<Generation> {
        let current = self.0.current.lock().unwrap();
        current.as_ref().map(|keys| keys.generation())
    }

    fn refresh(&self, _wanted: WantedKey<'_>) -> Option<KeyFuture> {
        let fetched = self.0.fetched.lock().unwrap().clone()?;
        self.0.fetches.fetch_add(1, Ordering::Relaxed);
        Some(Box::pin(async move { Ok(fetched) }))
    }
}

/// Both ways in which tokens are remembered.
pub(super) fn modes() -> [TokenCache; 2] {
    [TokenCache::new(), TokenCache::new().with_fingerprints()]
}

/// A verifier in the making that stands on doubles.
pub(super) fn builder_on(
    keys: &MovableKeys,
    clock: &MovableClock,
    cache: TokenCache,
) -> VerifierBuilder<WithKeys> {
    Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(keys.clone())
        .with_clock(clock.clone())
        .with_token_cache(cache)
}

pub(super) fn table(verifier: &Verifier) -> &VerifiedTokens {
    verifier.inner.court.verified.as_deref().unwrap()
}

pub(super) fn accept(verifier: &Verifier, token: &str) -> Auth {
    verifier.verify(token).now().unwrap()
}

pub(super) fn refusal(verifier: &Verifier, token: &str) -> ErrorKind {
    verifier.verify(token).now().unwrap_err().kind()
}

/// Whether `token` is accepted as the outcome `known`, and not verified anew.
pub(super) fn is_hit(verifier: &Verifier, token: &str, known: &Auth) -> bool {
    accept(verifier, token).is_same_session(known)
}
