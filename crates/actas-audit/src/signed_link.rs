//! A link and who signed it.

use crate::body_error::BodyError;
use crate::hash::Hash;
use crate::key::{KeyId, Signature, SigningKey};
use crate::link::Link;

/// A link of the ledger as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedLink {
    /// The body.
    pub body: String,
    /// The signature over the body's hash.
    pub signature: Signature,
    /// The key that signed.
    pub key_id: KeyId,
}

impl SignedLink {
    /// The link's hash: what the next link names.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of_link(&self.body)
    }
}

impl SigningKey {
    /// Writes and signs a link.
    ///
    /// # Errors
    ///
    /// [`BodyError::Number`] when a number in it is beyond 2^53 - 1.
    pub fn sign_link(&self, link: &Link) -> Result<SignedLink, BodyError> {
        let body = link.to_body()?;
        let signature = self.sign(&Hash::of_link(&body));
        Ok(SignedLink {
            body,
            signature,
            key_id: self.verifying_key().id(),
        })
    }
}
