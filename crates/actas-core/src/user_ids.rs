//! How the ids of users and of actors are written into traces and logs.

use std::fmt::Write as _;
use std::sync::Arc;

use aws_lc_rs::hmac;

use crate::config_error::ConfigError;

#[derive(Clone, Debug, Default)]
pub(crate) enum UserIds {
    #[default]
    Plain,
    Hashed(Arc<hmac::Key>),
}

impl UserIds {
    pub(crate) fn hashed(key: &[u8]) -> Self {
        Self::Hashed(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, key)))
    }

    /// How ids are written where `other` is to be heeded too: the keys of both have to be one. `None` where it says nothing
    /// new.
    pub(crate) fn joined(&self, other: &Self) -> Result<Option<Self>, ConfigError> {
        match (self.hash(""), other.hash("")) {
            (None, Some(_)) => Ok(Some(other.clone())),
            (Some(known), Some(hash)) if known != hash => Err(ConfigError::Setting {
                name: "key for hashed user ids",
                value: "a second, different one".to_owned(),
            }),
            _ => Ok(None),
        }
    }

    /// The id itself, unless ids are hashed.
    pub(crate) fn plain<'a>(&self, id: &'a str) -> Option<&'a str> {
        matches!(self, Self::Plain).then_some(id)
    }

    /// The id's hash in hexadecimal digits, where ids are hashed.
    pub(crate) fn hash(&self, id: &str) -> Option<String> {
        let Self::Hashed(key) = self else {
            return None;
        };
        let hash = hmac::sign(key, id.as_bytes());
        let mut text = String::with_capacity(2 * 32);
        for byte in hash.as_ref() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Some(text)
    }
}
