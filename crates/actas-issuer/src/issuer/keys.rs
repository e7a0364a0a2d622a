use std::fmt;
use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actas_core::{Clock, Generation, KeyFuture, KeySet, KeySource, WantedKey};
use arc_swap::ArcSwap;

use crate::clock::SharedClock;
use crate::key::{KeyError, KeyFile, KeyRing, SigningKey, Stamp};
use crate::key_set::PublishedKeySet;

/// The keys of an issuer as they are now: what a verifier of its tokens takes as its [`KeySource`].
///
/// A change of the key file counts at once for the issuer's own tokens and for a token of a key that is new, and within a
/// second for one of a key that was taken away.
#[derive(Clone)]
pub struct IssuerKeys {
    inner: Arc<Inner>,
}

struct Inner {
    file: Option<KeyFile>,
    clock: SharedClock,
    state: ArcSwap<State>,
    /// The second in which the file was last looked at.
    looked: AtomicU64,
    /// Held while the state is renewed, so that none is replaced by an older one.
    turn: Mutex<()>,
}

/// What was read of the file, and what of it is published.
struct State {
    ring: KeyRing,
    stamp: Option<Stamp>,
    published: Arc<KeySet>,
    /// When that is another, in seconds since the Unix epoch.
    changes: Option<u64>,
}

impl State {
    fn new(ring: KeyRing, stamp: Option<Stamp>, now: u64) -> Result<Self, KeyError> {
        let set = PublishedKeySet::of(ring.published(now))?;
        let published = KeySet::from_json(set.json()).map_err(|_| KeyError::Rejected)?;
        Ok(Self {
            changes: ring.changes(now),
            published: Arc::new(published),
            ring,
            stamp,
        })
    }
}

impl IssuerKeys {
    pub(super) fn of_ring(ring: KeyRing, clock: SharedClock) -> Result<Self, KeyError> {
        let now = clock.now().unwrap_or(0);
        let state = State::new(ring, None, now)?;
        Ok(Self::new(None, state, clock))
    }

    pub(super) fn of_file(file: KeyFile, clock: SharedClock) -> Result<Self, KeyError> {
        let (ring, stamp) = file.read()?;
        let now = clock.now().unwrap_or(0);
        let state = State::new(ring, Some(stamp), now)?;
        Ok(Self::new(Some(file), state, clock))
    }

    /// The same keys by another clock.
    pub(super) fn with_clock(&self, clock: SharedClock) -> Result<Self, KeyError> {
        match &self.inner.file {
            Some(file) => Self::of_file(file.clone(), clock),
            None => Self::of_ring(self.inner.state.load().ring.clone(), clock),
        }
    }

    /// The key that signs at `now`.
    pub(super) fn signing(&self, now: u64) -> Result<Arc<SigningKey>, KeyError> {
        self.renew(now);
        let state = self.inner.state.load();
        state.ring.signing(now).cloned()
    }

    pub(super) fn published(&self, now: u64) -> Result<PublishedKeySet, KeyError> {
        self.renew(now);
        PublishedKeySet::of(self.inner.state.load().ring.published(now))
    }

    fn new(file: Option<KeyFile>, state: State, clock: SharedClock) -> Self {
        Self {
            inner: Arc::new(Inner {
                file,
                clock,
                state: ArcSwap::from_pointee(state),
                looked: AtomicU64::new(0),
                turn: Mutex::new(()),
            }),
        }
    }

    /// Looks at the file, unless that was done in this second.
    fn look(&self) {
        // Without the time nothing is verified, and nothing need be renewed.
        if let Some(now) = self.inner.clock.now()
            && self.inner.looked.swap(now, Ordering::Relaxed) != now
        {
            self.renew(now);
        }
    }

    /// Brings the state up to date. Where the file cannot be read, what is known of it stays.
    fn renew(&self, now: u64) {
        let turn = self.inner.turn.lock();
        let _turn = turn.unwrap_or_else(PoisonError::into_inner);
        let state = self.inner.state.load_full();
        let file = self.inner.file.as_ref().zip(state.stamp.as_ref());
        let read = match file {
            Some((file, stamp)) if !file.is(stamp) => {
                file.read().map(|(ring, stamp)| (ring, Some(stamp)))
            }
            _ if state.changes.is_some_and(|at| at <= now) => {
                Ok((state.ring.clone(), state.stamp.clone()))
            }
            _ => return,
        };
        match read.and_then(|(ring, stamp)| State::new(ring, stamp, now)) {
            Ok(new) => self.inner.state.store(Arc::new(new)),
            Err(error) => {
                tracing::error!(%error, "the issuer goes on with the keys that it read before");
            }
        }
    }
}

impl KeySource for IssuerKeys {
    fn current(&self) -> Option<Arc<KeySet>> {
        self.look();
        Some(Arc::clone(&self.inner.state.load().published))
    }

    fn generation(&self) -> Option<Generation> {
        self.look();
        Some(self.inner.state.load().published.generation())
    }

    fn refresh(&self, wanted: WantedKey<'_>) -> Option<KeyFuture> {
        self.renew(self.inner.clock.now()?);
        let keys = Arc::clone(&self.inner.state.load().published);
        keys.find(wanted.kid, wanted.algorithm)?;
        Some(Box::pin(ready(Ok(keys))))
    }
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKeys")
            .field("ring", &self.inner.state.load().ring)
            .finish_non_exhaustive()
    }
}
