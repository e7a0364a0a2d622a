use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::signing::SigningKey;

/// More than an RSA key of 8192 bits takes, in DER.
const MAX_BYTES: usize = 8 * 1024;

impl SigningKey {
    /// Reads a PEM private key that is not encrypted: `PRIVATE KEY` (PKCS#8), `EC PRIVATE KEY` (SEC 1) or
    /// `RSA PRIVATE KEY` (PKCS#1). Line ends may be written as `\n` (backslash, n), as environment files carry them.
    ///
    /// P-256 signs ES256, Ed25519 `EdDSA`, RSA of 2048 to 8192 bits RS256.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the text is no such document, or holds another key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let text = Zeroizing::new(text.replace("\\n", "\n"));
        let mut buffer = Zeroizing::new(vec![0; MAX_BYTES]);
        let (label, der) =
            pem_rfc7468::decode(text.trim().as_bytes(), &mut buffer).map_err(|_| KeyError::Pem)?;
        match label {
            "PRIVATE KEY" => Self::from_pkcs8(der),
            "EC PRIVATE KEY" => Self::from_sec1(der),
            "RSA PRIVATE KEY" => {
                Self::from_rsa(&RsaKeyPair::from_der(der).map_err(|_| KeyError::Rejected)?)
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => Err(KeyError::Public),
            _ => Err(KeyError::Pem),
        }
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Self::from_ed25519(&pair);
        }
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            return Self::from_ec(&pair);
        }
        match RsaKeyPair::from_pkcs8(der) {
            Ok(pair) => Self::from_rsa(&pair),
            Err(_) => Err(KeyError::Algorithm),
        }
    }

    fn from_sec1(der: &[u8]) -> Result<Self, KeyError> {
        match EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            Ok(pair) => Self::from_ec(&pair),
            Err(_) => Err(KeyError::Algorithm),
        }
    }
}
