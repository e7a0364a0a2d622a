use std::fmt;

use aws_lc_rs::signature::ParsedPublicKey;

use super::algorithm::Algorithm;
use super::material::Material;
use crate::config_error::KeyProblem;

/// A public key, parsed once and bound to one algorithm.
pub struct PublicKey {
    algorithm: Algorithm,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    pub(super) fn new(material: &Material, algorithm: Algorithm) -> Result<Self, KeyProblem> {
        let parsed = material.bind(algorithm)?;
        Ok(Self { algorithm, parsed })
    }

    /// The algorithm that the key verifies, and the only one.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's over `message`, in the encoding of RFC 7518 §3 (ECDSA: `r || s`).
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }

    /// Whether the other is the same key for the same algorithm.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.parsed.as_ref() == other.parsed.as_ref()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::material::Curve;
    use crate::keys::testdata::{MESSAGE, parameter, signature};

    fn material(name: &str) -> Material {
        let ec = |curve| Material::ec(curve, &parameter(name, "x"), &parameter(name, "y"));
        let judged = match name {
            "ed25519" => Material::ed25519(&parameter(name, "x")),
            "p384" => ec(Curve::P384),
            "p256" | "p256_other" => ec(Curve::P256),
            _ => Material::rsa(&parameter(name, "n"), &parameter(name, "e")),
        };
        judged.unwrap()
    }

    #[test]
    fn verifies_its_own_algorithm_and_no_other() {
        let algorithms = [
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
        ];
        let key_of = |algorithm: &str| match algorithm {
            "ES256" => "p256",
            "ES384" => "p384",
            "EdDSA" => "ed25519",
            _ => "rsa",
        };
        for bound_to in algorithms {
            let algorithm = Algorithm::from_name(bound_to).unwrap();
            let key = PublicKey::new(&material(key_of(bound_to)), algorithm).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            for signed_with in algorithms {
                let signature = signature(key_of(signed_with), signed_with);
                assert_eq!(
                    key.verify(MESSAGE, &signature),
                    signed_with == bound_to,
                    "{bound_to}, {signed_with}"
                );
                assert!(!key.verify(b"something else", &signature));
            }
        }
    }

    #[test]
    fn a_key_does_not_verify_for_another() {
        let rsa = PublicKey::new(&material("rsa"), Algorithm::Rs256).unwrap();
        assert!(!rsa.verify(MESSAGE, &signature("rsa_other", "RS256")));
        let p256 = PublicKey::new(&material("p256"), Algorithm::Es256).unwrap();
        assert!(!p256.verify(MESSAGE, &signature("p256_other", "ES256")));
        assert!(
            !p256.is_same_as(&PublicKey::new(&material("p256_other"), Algorithm::Es256).unwrap())
        );
        assert!(p256.is_same_as(&PublicKey::new(&material("p256"), Algorithm::Es256).unwrap()));
        assert!(!rsa.is_same_as(&PublicKey::new(&material("rsa"), Algorithm::Ps256).unwrap()));
    }

    #[test]
    fn eddsa_signatures_have_one_form() {
        let key = PublicKey::new(&material("ed25519"), Algorithm::EdDsa).unwrap();
        // RFC 8032 §5.1.7: S is less than the order of the group.
        assert!(!key.verify(MESSAGE, &signature("ed25519", "EdDSA with S + L")));
        let mut longer = signature("ed25519", "EdDSA");
        longer.push(0);
        assert!(!key.verify(MESSAGE, &longer));
    }

    #[test]
    fn ecdsa_signatures_are_r_and_s_of_full_length() {
        let key = PublicKey::new(&material("p256"), Algorithm::Es256).unwrap();
        let fixed = signature("p256", "ES256");
        let (r, s) = fixed.split_at(32);
        let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
        let der = [&[0x30, 70][..], &integer(r), &integer(s)].concat();
        let stretched = [&[0], r, &[0], s].concat();
        for other in [
            &der[..],
            &stretched,
            &fixed[..63],
            &[0; 64],
            &[0xff; 64],
            &[],
        ] {
            assert!(!key.verify(MESSAGE, other));
        }
    }

    #[test]
    fn pss_salt_is_as_long_as_the_digest() {
        let key = PublicKey::new(&material("rsa"), Algorithm::Ps256).unwrap();
        assert!(!key.verify(MESSAGE, &signature("rsa", "PS256 with a salt of 20 bytes")));
    }

    #[test]
    fn debug_tells_the_algorithm_only() {
        let key = PublicKey::new(&material("ed25519"), Algorithm::EdDsa).unwrap();
        assert_eq!(format!("{key:?}"), "PublicKey { algorithm: EdDsa, .. }");
    }
}
