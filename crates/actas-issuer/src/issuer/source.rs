use super::keys::IssuerKeys;
use crate::clock::SharedClock;
use crate::key::{KeyError, KeyFile, KeyRing, SigningKey};

/// Where an issuer has its keys from: a [`SigningKey`], a [`KeyRing`] or a [`KeyFile`].
#[derive(Clone, Debug)]
pub struct IssuerKeySource(Source);

#[derive(Clone, Debug)]
enum Source {
    Ring(KeyRing),
    File(KeyFile),
}

impl IssuerKeySource {
    pub(super) fn open(self, clock: SharedClock) -> Result<IssuerKeys, KeyError> {
        match self.0 {
            Source::Ring(ring) => IssuerKeys::of_ring(ring, clock),
            Source::File(file) => IssuerKeys::of_file(file, clock),
        }
    }
}

impl From<SigningKey> for IssuerKeySource {
    fn from(key: SigningKey) -> Self {
        Self(Source::Ring(KeyRing::new(key)))
    }
}

impl From<KeyRing> for IssuerKeySource {
    fn from(ring: KeyRing) -> Self {
        Self(Source::Ring(ring))
    }
}

impl From<KeyFile> for IssuerKeySource {
    fn from(file: KeyFile) -> Self {
        Self(Source::File(file))
    }
}
