use aws_lc_rs::hmac;

use crate::head::Head;
use crate::key::{KeyError, KeyId, SigningKey};

/// What the key of the seals is derived with: for nothing else.
const LABEL: &[u8] = b"actas session seal v1";

/// The keys that a record is written with.
pub(super) struct Keys {
    pub(super) signing: SigningKey,
    own: SealKey,
    /// By them what was written before is known, and nothing is written.
    previous: Vec<SealKey>,
}

struct SealKey {
    id: KeyId,
    key: hmac::Key,
}

/// Why a row is not gone by. The log has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Whether a row is as a record wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    Holds,
    Broken,
    /// It is sealed by a key that is not given.
    OtherKey,
}

impl Keys {
    pub(super) fn new(signing: SigningKey, previous: &[SigningKey]) -> Result<Self, KeyError> {
        Ok(Self {
            own: SealKey::of(&signing)?,
            previous: previous.iter().map(SealKey::of).collect::<Result<_, _>>()?,
            signing,
        })
    }

    /// What seals name the key of this record by.
    pub(super) const fn seal_key(&self) -> KeyId {
        self.own.id
    }

    pub(super) fn seal(&self, sealed: &Sealed) -> hmac::Tag {
        hmac::sign(&self.own.key, &sealed.0)
    }

    pub(super) fn check(&self, sealed: &Sealed, seal: &[u8], key: &str) -> Seal {
        let mut keys = std::iter::once(&self.own).chain(&self.previous);
        match keys.find(|known| known.id.to_string() == key) {
            Some(known) if hmac::verify(&known.key, &sealed.0, seal).is_ok() => Seal::Holds,
            Some(_) => Seal::Broken,
            None => Seal::OtherKey,
        }
    }
}

impl SealKey {
    fn of(signing: &SigningKey) -> Result<Self, KeyError> {
        Ok(Self {
            id: signing.verifying_key().id(),
            key: signing.hmac_key(LABEL)?,
        })
    }
}

/// What a seal is over. Every part has a fixed width or its length before it: no two rows become one.
#[derive(Default)]
pub(super) struct Sealed(Vec<u8>);

impl Sealed {
    pub(super) fn int(&mut self, int: i64) {
        self.0.extend(int.to_be_bytes());
    }

    pub(super) fn optional_int(&mut self, int: Option<i64>) {
        self.0.push(u8::from(int.is_some()));
        self.int(int.unwrap_or(0));
    }

    pub(super) fn text(&mut self, text: &str) {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(text.as_bytes());
    }

    pub(super) fn optional_text(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        self.text(text.unwrap_or(""));
    }

    pub(super) fn head(&mut self, head: Option<&Head>) {
        self.0.push(u8::from(head.is_some()));
        if let Some(head) = head {
            self.0.extend(head.seq.to_be_bytes());
            self.0.extend(head.hash.as_bytes());
        }
    }
}
