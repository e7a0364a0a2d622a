use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actas_core::{Clock, ErrorKind, Verifier};
use actas_issuer::{Issuer, SessionClaims};

/// Some time in 2026.
pub(crate) const NOW: u64 = 1_790_000_000;

/// An hour.
pub(crate) const HOUR: u64 = 3600;

/// A clock that a test moves.
#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<AtomicU64>);

impl Hands {
    pub(crate) fn at(now: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now)))
    }

    pub(crate) fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed))
    }
}

/// A clock that cannot tell the time.
#[derive(Debug)]
pub(crate) struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Option<u64> {
        None
    }
}

pub(crate) fn claims() -> SessionClaims {
    SessionClaims::new("user_1", "sess_1")
}

/// A token of the issuer.
pub(crate) fn mint(issuer: &Issuer) -> String {
    issuer.mint(&claims()).unwrap().into_string()
}

/// The `kid` that a token names.
pub(crate) fn kid(token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().unwrap())
        .unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// Why the token is refused, if it is.
pub(crate) fn refused(verifier: &Verifier, token: &str) -> Option<ErrorKind> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let outcome = runtime
        .unwrap()
        .block_on(verifier.verify(token).into_future());
    outcome.err().map(|error| error.kind())
}
