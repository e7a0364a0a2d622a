use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;
use simple_asn1::{ASN1Block, from_der};

use super::material::{Curve, Material};
use crate::config_error::KeyProblem;

/// An RSA key of 8192 bits takes half of it. Bounds how deep the DER inside can be nested.
const MAX_BYTES: usize = 4096;

const SPKI: &str = "PUBLIC KEY";
const PKCS1: &str = "RSA PUBLIC KEY";

/// What stands before the point in the `SubjectPublicKeyInfo` of a named curve (RFC 5480 §2): it has only one encoding.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const P384: [u8; 23] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];

/// Reads one PEM public key: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
///
/// Line ends may also be written as `\n` (backslash, n), as environment files carry them.
pub(super) fn read(pem: &str) -> Result<Material, KeyProblem> {
    let pem = pem.trim();
    if pem.len() > MAX_BYTES {
        return Err(KeyProblem::Pem);
    }
    let pem = pem.replace("\\r", "").replace("\\n", "\n");
    let pem = pem.trim();
    if pem.contains("PRIVATE KEY-----") {
        return Err(KeyProblem::Private);
    }
    let body = body(pem).ok_or(KeyProblem::Pem)?;

    if let Some(der) = key_bytes(DecodingKey::from_rsa_pem(pem.as_bytes())) {
        return rsa(&der);
    }
    if let Some(point) = key_bytes(DecodingKey::from_ec_pem(pem.as_bytes())) {
        return ec(&point, &body);
    }
    match key_bytes(DecodingKey::from_ed_pem(pem.as_bytes())) {
        Some(encoded) => Material::ed25519(&encoded),
        None => Err(KeyProblem::Pem),
    }
}

/// What stands between the encapsulation boundaries, where the text is one public key and nothing else.
fn body(pem: &str) -> Option<String> {
    let (label, rest) = pem.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let body = rest
        .strip_suffix("-----")?
        .strip_suffix(label)?
        .strip_suffix("-----END ")?;
    let is_public_key = label == SPKI || label == PKCS1;
    (is_public_key && !body.contains('-')).then(|| body.split_whitespace().collect())
}

fn key_bytes(key: jsonwebtoken::errors::Result<DecodingKey>) -> Option<Vec<u8>> {
    Some(key.ok()?.try_get_as_bytes().ok()?.to_vec())
}

/// `RSAPublicKey`, RFC 8017 §A.1.1.
fn rsa(der: &[u8]) -> Result<Material, KeyProblem> {
    let blocks = from_der(der).map_err(|_| KeyProblem::Pem)?;
    let [ASN1Block::Sequence(_, integers)] = blocks.as_slice() else {
        return Err(KeyProblem::Pem);
    };
    let [
        ASN1Block::Integer(_, modulus),
        ASN1Block::Integer(_, exponent),
    ] = integers.as_slice()
    else {
        return Err(KeyProblem::Pem);
    };
    match (modulus.to_biguint(), exponent.to_biguint()) {
        (Some(modulus), Some(exponent)) => {
            Material::rsa(&modulus.to_bytes_be(), &exponent.to_bytes_be())
        }
        _ => Err(KeyProblem::Pem),
    }
}

/// jsonwebtoken does not say which curve the point is on.
fn ec(point: &[u8], body: &str) -> Result<Material, KeyProblem> {
    let stands_on = |curve: &[u8]| STANDARD.encode([curve, point].concat()) == body;
    let curve = if stands_on(&P256) {
        Curve::P256
    } else if stands_on(&P384) {
        Curve::P384
    } else {
        return Err(KeyProblem::Curve);
    };
    match point.split_first() {
        Some((4, coordinates)) => {
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            Material::ec(curve, x, y)
        }
        _ => Err(KeyProblem::Point),
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

    use super::*;
    use crate::keys::algorithm::Algorithm;
    use crate::keys::testdata::{self as keys, MESSAGE, signature};

    fn verifies(pem: &str, key: &str, algorithm: Algorithm) -> bool {
        let parsed = read(pem).unwrap().bind(algorithm).unwrap();
        parsed
            .verify_sig(MESSAGE, &signature(key, algorithm.name()))
            .is_ok()
    }

    fn problem(pem: &str) -> Option<KeyProblem> {
        read(pem).err()
    }

    #[test]
    fn reads_spki_and_pkcs1() {
        assert!(verifies(keys::RSA, "rsa", Algorithm::Rs256));
        assert!(verifies(keys::RSA_PKCS1, "rsa", Algorithm::Ps512));
        assert!(verifies(keys::P256, "p256", Algorithm::Es256));
        assert!(verifies(keys::P384, "p384", Algorithm::Es384));
        assert!(verifies(keys::ED25519, "ed25519", Algorithm::EdDsa));
    }

    #[test]
    fn line_ends_may_be_anything_that_an_environment_makes_of_them() {
        for pem in [
            keys::RSA,
            keys::RSA_PKCS1,
            keys::P256,
            keys::P384,
            keys::ED25519,
        ] {
            for spelled in [
                pem.trim().to_owned(),
                format!("\n\t {pem} \r\n\n"),
                pem.replace('\n', "\r\n"),
                pem.replace('\n', "\\n"),
                pem.replace('\n', "\\r\\n"),
                format!("\\n{}\\n\\n", pem.replace('\n', "\\n")),
                pem.replace('\n', ""),
            ] {
                assert_eq!(problem(&spelled), None, "{spelled}");
            }
        }
    }

    #[test]
    fn private_keys_are_named() {
        let private = keys::RSA.replace("PUBLIC", "PRIVATE");
        assert!(
            DecodingKey::from_rsa_pem(private.as_bytes()).is_ok(),
            "jsonwebtoken takes it"
        );
        assert_eq!(problem(&private), Some(KeyProblem::Private));
        for label in [
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
        ] {
            let pem = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
            assert_eq!(problem(&pem), Some(KeyProblem::Private));
            assert_eq!(
                problem(&format!("{}{pem}", keys::P256)),
                Some(KeyProblem::Private)
            );
        }
    }

    #[test]
    fn certificates_and_other_text_are_refused() {
        assert!(
            DecodingKey::from_rsa_pem(keys::CERTIFICATE.as_bytes()).is_ok(),
            "jsonwebtoken takes it"
        );
        let certificate_as_pkcs1 = keys::CERTIFICATE.replace("CERTIFICATE", PKCS1);
        assert!(
            DecodingKey::from_rsa_pem(certificate_as_pkcs1.as_bytes()).is_ok(),
            "and takes it so"
        );
        let spki = keys::RSA;
        for pem in [
            keys::CERTIFICATE,
            &certificate_as_pkcs1,
            keys::X25519,
            "",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
            "{\"keys\":[]}",
            &format!("{spki}{spki}"),
            &format!("a key:\n{spki}"),
            &format!("{spki}."),
            &spki.replace("BEGIN PUBLIC", "BEGIN RSA PUBLIC"),
            &spki.replace("PUBLIC", "RSA PUBLIC"),
            &spki.replace("PUBLIC KEY-----\n", "PUBLIC KEY-----\nProc-Type: 4\n\n"),
            &spki.replacen('M', "*", 1),
            &spki.replacen('M', "\u{e9}", 1),
            &format!("{}{}", " \n".repeat(3000), &"A".repeat(5000)),
        ] {
            assert_eq!(problem(pem), Some(KeyProblem::Pem), "{pem}");
        }
    }

    #[test]
    fn der_that_is_nested_deep_is_not_walked() {
        let mut der = vec![5, 0];
        while der.len() < 60_000 {
            let length = u16::try_from(der.len()).unwrap().to_be_bytes();
            der = [&[0x30, 0x82], &length[..], &der].concat();
        }
        let pem = format!(
            "-----BEGIN {SPKI}-----\n{}\n-----END {SPKI}-----",
            STANDARD.encode(der)
        );
        assert_eq!(problem(&pem), Some(KeyProblem::Pem));
    }

    #[test]
    fn keys_are_judged_as_in_a_jwk() {
        assert_eq!(problem(keys::RSA_1024), Some(KeyProblem::ModulusSize));
        assert_eq!(problem(keys::P521), Some(KeyProblem::Curve));
        assert_eq!(problem(keys::SECP256K1), Some(KeyProblem::Curve));

        let neutral_point = [
            &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0, 1][..],
            &[0; 31],
        ]
        .concat();
        let pem = format!(
            "-----BEGIN {SPKI}-----\n{}\n-----END {SPKI}-----",
            STANDARD.encode(&neutral_point)
        );
        assert!(ParsedPublicKey::new(&aws_lc_rs::signature::ED25519, &neutral_point).is_ok());
        assert_eq!(problem(&pem), Some(KeyProblem::Point));
    }

    #[test]
    fn a_curve_is_named_and_its_point_uncompressed() {
        for pem in [keys::P256_COMPRESSED, keys::P256_EXPLICIT] {
            let der = STANDARD.decode(body(pem.trim()).unwrap()).unwrap();
            assert!(
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &der).is_ok(),
                "aws-lc-rs takes it"
            );
            assert_eq!(problem(pem), Some(KeyProblem::Curve));
        }
        let mut der = STANDARD.decode(body(keys::P256.trim()).unwrap()).unwrap();
        *der.last_mut().unwrap() ^= 1;
        let pem = format!(
            "-----BEGIN {SPKI}-----\n{}\n-----END {SPKI}-----",
            STANDARD.encode(der)
        );
        assert_eq!(problem(&pem), Some(KeyProblem::Point));
    }
}
