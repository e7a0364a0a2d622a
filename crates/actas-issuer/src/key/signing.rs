use std::fmt;

use actas_core::KeySet;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use serde::Serialize;

use super::algorithm::SigningAlgorithm;
use super::encoding;
use super::error::KeyError;
use super::public::PublicJwk;

/// A private key that signs session tokens.
///
/// ```
/// use actas_issuer::{SigningAlgorithm, SigningKey};
///
/// # fn main() -> Result<(), actas_issuer::KeyError> {
/// let key = SigningKey::generate(SigningAlgorithm::Es256)?;
/// assert_eq!(key.kid().len(), 43);
/// # Ok(())
/// # }
/// ```
///
/// Its `kid` is its thumbprint (RFC 7638), whatever a JWK says. `Debug` shows `kid` and algorithm. It is wiped from memory
/// when it is dropped, and so is what it was read from here; what the caller holds is the caller's to wipe.
pub struct SigningKey {
    algorithm: SigningAlgorithm,
    kid: String,
    public: PublicJwk,
    /// PKCS#8 of an EC or Ed25519 key, the `RSAPrivateKey` of an RSA key. Wiped by jsonwebtoken.
    private: EncodingKey,
}

/// A public key as it is published.
#[derive(Serialize)]
pub(crate) struct PublishedJwk<'k> {
    #[serde(flatten)]
    key: &'k PublicJwk,
    r#use: &'static str,
    alg: &'static str,
    kid: &'k str,
}

impl SigningKey {
    /// A new key: P-256, Ed25519, or RSA of 2048 bits.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoRandomness`] when the machine gives no random bytes.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<Self, KeyError> {
        match algorithm {
            SigningAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                Self::from_ec(&pair.map_err(|_| KeyError::NoRandomness)?)
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate();
                Self::from_ed25519(&pair.map_err(|_| KeyError::NoRandomness)?)
            }
            SigningAlgorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048);
                Self::from_rsa(&pair.map_err(|_| KeyError::NoRandomness)?)
            }
        }
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Its SHA-256 thumbprint in base64url, 43 characters (RFC 7638): the `kid` of tokens and of the published key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWK (RFC 7517).
    ///
    /// # Errors
    ///
    /// [`KeyError::Json`] when it cannot be written.
    pub fn public_jwk(&self) -> Result<String, KeyError> {
        serde_json::to_string(&self.published()).map_err(|_| KeyError::Json)
    }

    pub(crate) fn published(&self) -> PublishedJwk<'_> {
        PublishedJwk {
            key: &self.public,
            r#use: "sig",
            alg: self.algorithm.name(),
            kid: &self.kid,
        }
    }

    pub(super) const fn public(&self) -> &PublicJwk {
        &self.public
    }

    pub(super) fn private_bytes(&self) -> &[u8] {
        self.private.as_bytes()
    }

    /// A compact JWS (RFC 7515 §7.1) over `claims`, whose header names this key, or the one whose `kid` is given.
    pub(crate) fn sign(&self, claims: &str, kid: &str) -> Result<String, KeyError> {
        let header = format!(
            r#"{{"alg":"{}","kid":"{kid}","typ":"JWT"}}"#,
            self.algorithm
        );
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        // A provider at hand: jsonwebtoken's own choice panics in a build that enables two.
        let signer =
            (DEFAULT_PROVIDER.signer_factory)(&self.algorithm.jsonwebtoken(), &self.private)
                .map_err(|_| KeyError::Signing)?;
        let signature = signer
            .try_sign(token.as_bytes())
            .map_err(|_| KeyError::Signing)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    pub(super) fn from_ec(pair: &EcdsaKeyPair) -> Result<Self, KeyError> {
        let point = pair.public_key().as_ref();
        let (x, y) = point
            .strip_prefix(&[4])
            .and_then(|point| point.split_at_checked(32))
            .ok_or(KeyError::Rejected)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyError::Rejected)?;
        let private = EncodingKey::from_ec_der(pkcs8.as_ref());
        Self::new(SigningAlgorithm::Es256, PublicJwk::p256(x, y), private)
    }

    pub(super) fn from_ed25519(pair: &Ed25519KeyPair) -> Result<Self, KeyError> {
        let public = PublicJwk::ed25519(pair.public_key().as_ref());
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyError::Rejected)?;
        let private = EncodingKey::from_ed_der(pkcs8.as_ref());
        Self::new(SigningAlgorithm::EdDsa, public, private)
    }

    pub(super) fn from_rsa(pair: &RsaKeyPair) -> Result<Self, KeyError> {
        let pkcs8 = pair.as_der().map_err(|_| KeyError::Rejected)?;
        let private = encoding::rsa_private_key(pkcs8.as_ref()).ok_or(KeyError::Rejected)?;
        let [n, e, ..] = encoding::rsa_integers(private).ok_or(KeyError::Rejected)?;
        Self::new(
            SigningAlgorithm::Rs256,
            PublicJwk::rsa(n, e),
            EncodingKey::from_rsa_der(private),
        )
    }

    fn new(
        algorithm: SigningAlgorithm,
        public: PublicJwk,
        private: EncodingKey,
    ) -> Result<Self, KeyError> {
        let key = Self {
            algorithm,
            kid: public.thumbprint().ok_or(KeyError::Rejected)?,
            public,
            private,
        };
        // What a verifier would refuse is refused before it signs anything.
        KeySet::from_jwk(&key.public_jwk()?).map_err(|error| KeyError::Unfit(error.problem()))?;
        Ok(key)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_key_has_no_private_member() {
        for algorithm in SigningAlgorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let jwk: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&key.public_jwk().unwrap()).unwrap();
            let mut names: Vec<_> = jwk.keys().map(String::as_str).collect();
            names.sort_unstable();
            let expected = match algorithm {
                SigningAlgorithm::Es256 => &["alg", "crv", "kid", "kty", "use", "x", "y"][..],
                SigningAlgorithm::EdDsa => &["alg", "crv", "kid", "kty", "use", "x"],
                SigningAlgorithm::Rs256 => &["alg", "e", "kid", "kty", "n", "use"],
            };
            assert_eq!(names, expected);
            assert_eq!(jwk["kid"], key.kid());
            assert_eq!(jwk["use"], "sig");
        }
    }

    #[test]
    fn debug_shows_kid_and_algorithm() {
        let key = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
        let expected = format!(
            "SigningKey {{ kid: {:?}, algorithm: EdDsa, .. }}",
            key.kid()
        );
        assert_eq!(format!("{key:?}"), expected);
    }
}
