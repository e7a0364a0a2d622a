use std::fmt;
use std::ops::Deref;

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::key::KeyError;

/// Bytes of each secret.
const BYTES: usize = 32;

/// What a started session's token is fetched by, once: 43 characters of base64url over 256 random bits.
///
/// It reads as a `str`; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(String);

/// What binds a ticket to the browser of its start: the value of a cookie, 43 characters of base64url over 256 random bits.
///
/// It reads as a `str`; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Binding(String);

impl Ticket {
    pub(crate) fn random() -> Result<Self, KeyError> {
        random().map(Self)
    }
}

impl Binding {
    pub(crate) fn random() -> Result<Self, KeyError> {
        random().map(Self)
    }
}

/// What is stored of a secret: its SHA-256.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = digest::digest(&digest::SHA256, secret.as_bytes());
    for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    hash
}

/// 128 random bits, fit for the id of a session.
pub(crate) fn session_id() -> Result<String, KeyError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(format!("sess_{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn random() -> Result<String, KeyError> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl Deref for Ticket {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Deref for Binding {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ticket").finish_non_exhaustive()
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Binding").finish_non_exhaustive()
    }
}
