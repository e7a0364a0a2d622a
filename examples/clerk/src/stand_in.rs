use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

use crate::key::Key;
use crate::tokens::Tokens;

/// An issuer whose frontend API is at an address of this machine.
pub struct StandIn {
    address: SocketAddr,
    current: Mutex<Current>,
    forger: Key,
    fetches: AtomicUsize,
}

struct Current {
    key: Key,
    /// How often the key was rotated.
    rotations: u32,
}

impl StandIn {
    /// An issuer with a new key.
    ///
    /// # Errors
    ///
    /// When no key can be generated.
    pub fn new(address: SocketAddr) -> Result<Self, Unspecified> {
        let current = Current {
            key: key(0)?,
            rotations: 0,
        };
        Ok(Self {
            address,
            current: Mutex::new(current),
            forger: Key::generate("ins_forged".to_owned())?,
            fetches: AtomicUsize::new(0),
        })
    }

    /// The publishable key that names this frontend API.
    #[must_use]
    pub fn publishable_key(&self) -> String {
        let frontend_api = STANDARD_NO_PAD.encode(format!("{}$", self.address));
        format!("pk_test_{frontend_api}")
    }

    /// New tokens, valid for an hour.
    ///
    /// # Errors
    ///
    /// When they cannot be signed.
    pub fn tokens(&self) -> Result<Tokens, Unspecified> {
        let issuer = format!("https://{}", self.address);
        Tokens::sign(&issuer, &self.current().key, &self.forger)
    }

    /// Replaces the key: the set holds the new one alone, and what the old one signed is no longer valid.
    ///
    /// # Errors
    ///
    /// When no key can be generated.
    pub fn rotate(&self) -> Result<(), Unspecified> {
        let mut current = self.current();
        let rotations = current.rotations.saturating_add(1);
        current.key = key(rotations)?;
        current.rotations = rotations;
        Ok(())
    }

    /// How often the key set was fetched.
    pub fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    /// The JWK set, for somebody who fetches it.
    pub(crate) fn fetch(&self) -> Value {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        self.current().key.jwks()
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        // A key is replaced whole, or not at all.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(rotations: u32) -> Result<Key, Unspecified> {
    Key::generate(format!("ins_{rotations}"))
}
