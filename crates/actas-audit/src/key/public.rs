use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::KeyError;
use super::pem;
use crate::hash::Hash;
use crate::malformed::Malformed;
use crate::text_form::{by_text_form, read_hex, write_hex};

/// What stands before the key in the only encoding of an Ed25519 `SubjectPublicKeyInfo` (RFC 8410 §4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// The public half of the key that signs a ledger: Ed25519.
#[derive(Clone)]
pub struct VerifyingKey {
    bytes: [u8; 32],
    parsed: ParsedPublicKey,
    id: KeyId,
}

impl VerifyingKey {
    /// The key whose 32 bytes (RFC 8032 §5.1.5) these are.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotEd25519`] when they are no such key.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let parsed = ParsedPublicKey::new(&ED25519, bytes).map_err(|_| KeyError::NotEd25519)?;
        let id = KeyId(Hash::of(&[&bytes]).first());
        Ok(Self { bytes, parsed, id })
    }

    /// Reads a PEM document `PUBLIC KEY` (RFC 7468 §13).
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the text is no such document, or holds no Ed25519 key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let document = pem::read(text, pem::PUBLIC)?;
        let key = document
            .strip_prefix(&SPKI)
            .and_then(|key| key.try_into().ok());
        Self::from_bytes(key.ok_or(KeyError::NotEd25519)?)
    }

    /// The key as a PEM document `PUBLIC KEY`, with a line feed at its end.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let document = [&SPKI[..], &self.bytes].concat();
        pem::write(&document, pem::PUBLIC)
            .map(|text| text.to_string())
            .unwrap_or_default()
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// What links name it by.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Whether `signature` is this key's, over the 32 bytes of `hash`.
    #[must_use]
    pub fn has_signed(&self, hash: &Hash, signature: &Signature) -> bool {
        self.parsed
            .verify_sig(hash.as_bytes(), &signature.0)
            .is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a link names its key by: the first 8 bytes of the public key's SHA-256. It finds a key, and proves nothing.
///
/// Its text form is 16 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

by_text_form!(KeyId);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl FromStr for KeyId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        read_hex(text).map(Self).ok_or(Malformed::new(
            "a key id of 16 lower-case hexadecimal digits",
        ))
    }
}

/// An Ed25519 signature.
///
/// Its text form is base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

by_text_form!(Signature);

impl Signature {
    /// The signature whose bytes are these.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for Signature {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or(Malformed::new("a signature of 64 bytes in base64url"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410 §10.1.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn a_public_key_is_read_and_written() {
        let key = VerifyingKey::from_pem(PEM).unwrap();
        assert_eq!(key.to_pem(), PEM);
        // Computed by `openssl pkey -pubin -outform DER | tail -c 32 | sha256sum`.
        assert_eq!(key.id().to_string(), "e744c0791320c328");
        assert_eq!("e744c0791320c328".parse(), Ok(key.id()));
        assert_eq!(
            format!("{key:?}"),
            "VerifyingKey { id: e744c0791320c328, .. }"
        );
        assert!(VerifyingKey::from_bytes(*key.as_bytes()).is_ok());
    }

    #[test]
    fn no_other_key_is_read() {
        // A P-256 key.
        let other = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbGgc1QxObr/xxZtAgaO0wRekK/LR\nD1B+/neYAa8TFr3lH1LIqOQSlf+8Cc+1uyCkId5QGzAApcx+6eNf5YCrWg==\n-----END PUBLIC KEY-----\n";
        assert!(matches!(
            VerifyingKey::from_pem(other),
            Err(KeyError::NotEd25519)
        ));
        for text in [
            "",
            "PUBLIC KEY",
            &PEM.replace("PUBLIC", "RSA PUBLIC"),
            &PEM.replace("MCow", "MCo"),
            &PEM.replace("-----END", "----END"),
        ] {
            assert!(
                matches!(VerifyingKey::from_pem(text), Err(KeyError::Pem(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_signature_has_one_text() {
        let signature = Signature::from_bytes([0xff; 64]);
        let text = signature.to_string();
        assert_eq!(text.parse(), Ok(signature));
        // The last character carries two bits of the signature; the others must be zero.
        assert_eq!(text.len(), 86);
        assert!(text.ends_with('w'));
        for other in ["x", "=", "w=="] {
            let other = format!("{}{other}", &text[..85]);
            assert!(other.parse::<Signature>().is_err(), "{other}");
        }
    }
}
