use std::sync::atomic::{AtomicU64, Ordering};

use actas_core::Clock as _;

use crate::clock::SharedClock;
use crate::key::{KeyError, SigningAlgorithm, SigningKey};

/// What the sessions of a test are made with.
#[derive(Debug)]
pub(super) struct Kit {
    pub(super) url: String,
    pub(super) clock: SharedClock,
    key: SigningKey,
    /// One that no verifier of the issuer knows.
    another: SigningKey,
    made: AtomicU64,
}

impl Kit {
    /// A kit whose tokens are signed by `key`.
    pub(super) fn new(url: &str, clock: SharedClock, key: SigningKey) -> Result<Self, KeyError> {
        let another = SigningKey::generate(SigningAlgorithm::EdDsa)?;
        for key in [&key, &another] {
            key.sign("{}", key.kid())?;
        }
        Ok(Self {
            url: url.to_owned(),
            clock,
            key,
            another,
            made: AtomicU64::new(0),
        })
    }

    pub(super) fn now(&self) -> u64 {
        self.clock.now().unwrap_or(0)
    }

    /// A number that no other session or token of the kit has.
    pub(super) fn number(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// A token that names the issuer's key, and is signed by it or by another.
    #[expect(
        clippy::expect_used,
        reason = "both keys signed when the kit was made, and signing with Ed25519 depends on nothing else"
    )]
    pub(super) fn sign(&self, claims: &str, by_another: bool) -> String {
        let key = if by_another { &self.another } else { &self.key };
        key.sign(claims, self.key.kid())
            .expect("a key that signed before")
    }
}
