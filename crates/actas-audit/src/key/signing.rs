use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use aws_lc_rs::{encoding::AsBigEndian as _, hkdf, hmac};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::pem;
use super::public::{Signature, VerifyingKey};
use crate::hash::Hash;

/// The key that signs a ledger: Ed25519.
///
/// Whoever holds it can write the record anew from any point on; what was seen of it before, an anchor, is what they
/// cannot change. `Debug` prints nothing of it, and it is wiped from memory when it is dropped: the key itself by
/// aws-lc, and the text it is read from here.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoRandomness`] when the machine gives no random bytes.
    pub fn generate() -> Result<Self, KeyError> {
        Self::new(Ed25519KeyPair::generate().map_err(|_| KeyError::NoRandomness)?)
    }

    /// Reads a PEM document `PRIVATE KEY` (PKCS#8, RFC 8410 §7).
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the text is no such document, or holds no Ed25519 key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let document = pem::read(text, pem::PRIVATE)?;
        Self::new(Ed25519KeyPair::from_pkcs8(&document).map_err(|_| KeyError::NotEd25519)?)
    }

    /// The key as a PEM document `PRIVATE KEY`, with a line feed at its end. It is wiped from memory when it is dropped.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotEd25519`] when aws-lc cannot encode the key.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let document = self.pair.to_pkcs8v1().map_err(|_| KeyError::NotEd25519)?;
        pem::write(document.as_ref(), pem::PRIVATE).ok_or(KeyError::NotEd25519)
    }

    /// The public half.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs the 32 bytes of `hash`.
    #[must_use]
    pub fn sign(&self, hash: &Hash) -> Signature {
        let mut bytes = [0; 64];
        for (to, from) in bytes
            .iter_mut()
            .zip(self.pair.sign(hash.as_bytes()).as_ref())
        {
            *to = *from;
        }
        Signature::from_bytes(bytes)
    }

    /// A key for HMAC-SHA-256 that only the holder of this one can compute: HKDF (RFC 5869) over its seed, for one use.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn hmac_key(&self, label: &[u8]) -> Result<hmac::Key, KeyError> {
        let seed = self.pair.seed().map_err(|_| KeyError::NotEd25519)?;
        let seed = seed.as_be_bytes().map_err(|_| KeyError::NotEd25519)?;
        let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(seed.as_ref());
        let info = [label];
        let expanded = pseudorandom.expand(&info, hmac::HMAC_SHA256);
        let expanded = expanded.map_err(|_| KeyError::NotEd25519)?;
        Ok(hmac::Key::from(expanded))
    }

    fn new(pair: Ed25519KeyPair) -> Result<Self, KeyError> {
        let bytes = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| KeyError::NotEd25519)?;
        Ok(Self {
            public: VerifyingKey::from_bytes(bytes)?,
            pair,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410 §10.3.
    const V1: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

    #[test]
    fn a_key_is_read_and_written() {
        let key = SigningKey::from_pem(V1).unwrap();
        assert_eq!(*key.to_pem().unwrap(), V1);
        assert!(
            key.verifying_key()
                .to_pem()
                .contains("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
        );
        assert_eq!(format!("{key:?}"), "SigningKey { .. }");
    }

    /// Computed by Python's `hmac`, apart from this code.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[test]
    fn a_key_that_is_derived_is_the_same_in_every_release() {
        let key = SigningKey::from_pem(V1).unwrap();
        let tag = hmac::sign(&key.hmac_key(b"label").unwrap(), b"row");
        let tag: [u8; 32] = tag.as_ref().try_into().unwrap();
        assert_eq!(
            Hash::from_bytes(tag).to_string(),
            "d4be4072414c7b4a25ff4f1b6f31df19280883fcb11c909f491a08ea67aeac9f"
        );
    }

    #[test]
    fn nothing_else_is_a_signing_key() {
        let public = SigningKey::from_pem(V1).unwrap().verifying_key().to_pem();
        assert!(matches!(
            SigningKey::from_pem(&public),
            Err(KeyError::Pem(_))
        ));
        assert!(matches!(
            SigningKey::from_pem(&V1.replace("MC4C", "MC4D")),
            Err(KeyError::NotEd25519)
        ));
        assert!(matches!(VerifyingKey::from_pem(V1), Err(KeyError::Private)));
    }

    #[test]
    fn a_signature_is_one_key_s_over_one_hash() {
        let (key, other) = (
            SigningKey::generate().unwrap(),
            SigningKey::generate().unwrap(),
        );
        let (hash, another) = (Hash::of_link("a"), Hash::of_link("b"));
        let signature = key.sign(&hash);
        assert!(key.verifying_key().has_signed(&hash, &signature));
        assert!(!key.verifying_key().has_signed(&another, &signature));
        assert!(!other.verifying_key().has_signed(&hash, &signature));
        assert_ne!(key.verifying_key().id(), other.verifying_key().id());
    }
}
