//! What a public key consists of, judged: aws-lc-rs takes nearly anything when it loads a key.

use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents,
};
use num_bigint::BigUint;

use super::algorithm::Algorithm;
use crate::config_error::KeyProblem;

/// Bits of an RSA modulus, RFC 7518 §3.3 and what aws-lc-rs verifies with.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// AWS-LC verifies with no longer exponent.
const EXPONENT_MAX_BITS: usize = 33;

const RSA: &[Algorithm] = &[
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];

/// The judged parameters of a public key.
pub(super) struct Material(Kind);

enum Kind {
    /// Both big-endian, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// The uncompressed point, SEC 1 §2.3.3.
    Ec { curve: Curve, point: Vec<u8> },
    /// The encoded point, RFC 8032 §5.1.2.
    Ed25519([u8; 32]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl Material {
    /// Judges an RSA key, modulus and exponent big-endian.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyProblem> {
        let modulus = without_leading_zeros(modulus);
        let exponent = without_leading_zeros(exponent);
        if !MODULUS_BITS.contains(&bits(modulus)) {
            return Err(KeyProblem::ModulusSize);
        }
        if !is_odd(modulus) {
            return Err(KeyProblem::ModulusEven);
        }
        if !is_odd(exponent) || exponent == [1] {
            return Err(KeyProblem::Exponent);
        }
        if bits(exponent) > EXPONENT_MAX_BITS {
            return Err(KeyProblem::Rejected);
        }
        Ok(Self(Kind::Rsa {
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
        }))
    }

    /// Judges a point by its coordinates, big-endian and of the curve's full length (RFC 7518 §6.2.1).
    pub(super) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, KeyProblem> {
        let (length, algorithm) = curve.parameters();
        if x.len() != length || y.len() != length {
            return Err(KeyProblem::Parameter);
        }
        let point = [&[4], x, y].concat();
        match ParsedPublicKey::new(algorithm, &point) {
            Ok(_) => Ok(Self(Kind::Ec { curve, point })),
            Err(_) => Err(KeyProblem::Point),
        }
    }

    /// Judges an Ed25519 key by its encoded point.
    pub(super) fn ed25519(encoded: &[u8]) -> Result<Self, KeyProblem> {
        let encoded: [u8; 32] = encoded.try_into().map_err(|_| KeyProblem::Parameter)?;
        if is_point_of_large_order(encoded) {
            Ok(Self(Kind::Ed25519(encoded)))
        } else {
            Err(KeyProblem::Point)
        }
    }

    /// The algorithms that a key of this type and curve serves.
    pub(super) fn algorithms(&self) -> &'static [Algorithm] {
        match &self.0 {
            Kind::Rsa { .. } => RSA,
            Kind::Ec { curve, .. } => match curve {
                Curve::P256 => &[Algorithm::Es256],
                Curve::P384 => &[Algorithm::Es384],
            },
            Kind::Ed25519(_) => &[Algorithm::EdDsa],
        }
    }

    /// Whether the key can serve `algorithm`.
    pub(super) fn check_fit(&self, algorithm: Algorithm) -> Result<(), KeyProblem> {
        if self.algorithms().contains(&algorithm) {
            return Ok(());
        }
        let wants_curve = matches!(algorithm, Algorithm::Es256 | Algorithm::Es384);
        match &self.0 {
            Kind::Ec { .. } if wants_curve => Err(KeyProblem::Curve),
            _ => Err(KeyProblem::Algorithm),
        }
    }

    /// Parses the key for the one algorithm that it is to serve.
    pub(super) fn bind(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, KeyProblem> {
        self.check_fit(algorithm)?;
        let parsed = match (&self.0, rsa_parameters(algorithm)) {
            (Kind::Rsa { modulus, exponent }, Some(parameters)) => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .to_parsed_public_key(parameters),
            (Kind::Rsa { .. }, None) => return Err(KeyProblem::Algorithm),
            (Kind::Ec { curve, point }, _) => ParsedPublicKey::new(curve.parameters().1, point),
            (Kind::Ed25519(encoded), _) => ParsedPublicKey::new(&signature::ED25519, encoded),
        };
        parsed.map_err(|_| KeyProblem::Rejected)
    }
}

impl Curve {
    /// The bytes of a coordinate, and the algorithm with signatures as `r || s` (RFC 7518 §3.4).
    fn parameters(self) -> (usize, &'static EcdsaVerificationAlgorithm) {
        match self {
            Self::P256 => (32, &signature::ECDSA_P256_SHA256_FIXED),
            Self::P384 => (48, &signature::ECDSA_P384_SHA384_FIXED),
        }
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

fn bits(number: &[u8]) -> usize {
    let unused = number
        .first()
        .map_or(0, |first| first.leading_zeros() as usize);
    number.len().saturating_mul(8).saturating_sub(unused)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}

/// Whether `encoded` is the one encoding (RFC 8032 §5.1.3) of a point whose order does not divide the cofactor 8.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "integers of any length, no subtrahend above p, no modulus but p"
)]
fn is_point_of_large_order(mut encoded: [u8; 32]) -> bool {
    /// One `y` of the four points of order 8; the other is its negative.
    const ORDER_8: [u8; 32] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ];

    if let Some(last) = encoded.last_mut() {
        *last &= 0x7f; // the sign of x: either is as good
    }
    let y = BigUint::from_bytes_le(&encoded);
    let one = BigUint::from(1u8);
    let p = (&one << 255u8) - 19u8;
    if y >= p {
        return false;
    }
    let order_8 = BigUint::from_bytes_le(&ORDER_8);
    let small = [
        BigUint::ZERO,
        one.clone(),
        &p - &one,
        &p - &order_8,
        order_8,
    ];
    if small.contains(&y) {
        return false;
    }
    // x² = (y² - 1) / (dy² + 1) with d = -121665/121666 is a square when the product of both sides, multiplied by
    // squares only, is one: Euler's criterion.
    let y2 = &y * &y % &p;
    let numerator = &y2 + &p - &one;
    let denominator = (&p - &y2) * 121_665u32 + 121_666u32;
    let product = numerator * denominator * 121_666u32;
    product.modpow(&((&p - &one) >> 1u8), &p) == one
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    use aws_lc_rs::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;

    use super::*;
    use crate::keys::testdata::{MESSAGE, parameter, signature};

    fn problem(judged: Result<Material, KeyProblem>) -> Option<KeyProblem> {
        judged.err()
    }

    /// What aws-lc-rs alone makes of an RSA key.
    fn loaded(modulus: &[u8], exponent: &[u8]) -> Option<ParsedPublicKey> {
        RsaPublicKeyComponents {
            n: modulus,
            e: exponent,
        }
        .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
        .ok()
    }

    /// An odd number of so many bits.
    fn modulus_of(bits: u64) -> Vec<u8> {
        let mut modulus = BigUint::from(1u8);
        modulus.set_bit(bits.saturating_sub(1), true);
        modulus.to_bytes_be()
    }

    #[test]
    fn rsa_modulus_of_2048_to_8192_bits() {
        for bits in [1024, 2047, 8193, 16384] {
            let modulus = modulus_of(bits);
            assert!(
                loaded(&modulus, &[3]).is_some(),
                "aws-lc-rs loads {bits} bits"
            );
            assert_eq!(
                problem(Material::rsa(&modulus, &[3])),
                Some(KeyProblem::ModulusSize)
            );
        }
        for bits in [2048, 3072, 4096, 8192] {
            assert_eq!(problem(Material::rsa(&modulus_of(bits), &[3])), None);
        }
        assert!(loaded(&[], &[3]).is_none());
        assert_eq!(
            problem(Material::rsa(&[], &[3])),
            Some(KeyProblem::ModulusSize)
        );
    }

    #[test]
    fn rsa_of_1024_bits_verifies_in_aws_lc_rs_when_asked_to() {
        let (n, e) = (parameter("rsa_1024", "n"), parameter("rsa_1024", "e"));
        let signature = signature("rsa_1024", "RS256");
        let components = RsaPublicKeyComponents { n: &n, e: &e };
        let legacy = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        assert!(components.verify(legacy, MESSAGE, &signature).is_ok());
        assert!(
            loaded(&n, &e)
                .unwrap()
                .verify_sig(MESSAGE, &signature)
                .is_err()
        );
        assert_eq!(
            problem(Material::rsa(&n, &e)),
            Some(KeyProblem::ModulusSize)
        );
    }

    #[test]
    fn leading_zeros_do_not_count() {
        let padded = |number: &[u8]| [&[0; 128], number].concat();
        let (n, e) = (parameter("rsa", "n"), parameter("rsa", "e"));
        assert!(loaded(&padded(&n), &e).is_none() && loaded(&n, &padded(&e)).is_none());
        let key = Material::rsa(&padded(&n), &padded(&e)).unwrap();
        let key = key.bind(Algorithm::Rs256).unwrap();
        assert!(key.verify_sig(MESSAGE, &signature("rsa", "RS256")).is_ok());

        let small = padded(&parameter("rsa_1024", "n"));
        assert_eq!(
            problem(Material::rsa(&small, &e)),
            Some(KeyProblem::ModulusSize)
        );
    }

    #[test]
    fn rsa_modulus_is_odd() {
        let (mut n, e) = (parameter("rsa", "n"), parameter("rsa", "e"));
        *n.last_mut().unwrap() &= 0xfe;
        let alone = loaded(&n, &e).expect("aws-lc-rs loads an even modulus");
        assert!(
            alone
                .verify_sig(MESSAGE, &signature("rsa", "RS256"))
                .is_err()
        );
        assert_eq!(
            problem(Material::rsa(&n, &e)),
            Some(KeyProblem::ModulusEven)
        );
    }

    #[test]
    fn rsa_exponent_is_odd_and_at_least_3() {
        let n = parameter("rsa", "n");
        for e in [&[1][..], &[2], &[4], &[1, 0, 0]] {
            assert!(loaded(&n, e).is_some(), "aws-lc-rs loads {e:?}");
            assert_eq!(problem(Material::rsa(&n, e)), Some(KeyProblem::Exponent));
        }
        assert!(loaded(&n, &[]).is_none());
        for e in [&[][..], &[0], &[0, 1]] {
            assert_eq!(problem(Material::rsa(&n, e)), Some(KeyProblem::Exponent));
        }
        let key = Material::rsa(&parameter("rsa_e3", "n"), &[3]).unwrap();
        let key = key.bind(Algorithm::Rs256).unwrap();
        assert!(
            key.verify_sig(MESSAGE, &signature("rsa_e3", "RS256"))
                .is_ok()
        );
    }

    #[test]
    fn rsa_exponent_of_1_makes_the_padded_digest_its_own_signature() {
        const DIGEST_INFO: [u8; 19] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ];
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, MESSAGE);
        let forged = [
            &[0, 1][..],
            &[0xff; 202],
            &[0],
            &DIGEST_INFO,
            digest.as_ref(),
        ]
        .concat();
        let n = parameter("rsa", "n");
        let alone = loaded(&n, &[1]).expect("aws-lc-rs loads an exponent of 1");
        assert!(
            alone.verify_sig(MESSAGE, &forged).is_err(),
            "and refuses to verify with it"
        );
        assert_eq!(problem(Material::rsa(&n, &[1])), Some(KeyProblem::Exponent));
    }

    #[test]
    fn rsa_exponent_is_no_longer_than_aws_lc_verifies_with() {
        // e + lcm(p - 1, q - 1): the signature is valid, and slow to verify.
        let (n, e) = (
            parameter("rsa_long_exponent", "n"),
            parameter("rsa_long_exponent", "e"),
        );
        let alone = loaded(&n, &e).expect("aws-lc-rs loads a long exponent");
        let signature = signature("rsa_long_exponent", "RS256");
        assert!(alone.verify_sig(MESSAGE, &signature).is_err());
        assert_eq!(problem(Material::rsa(&n, &e)), Some(KeyProblem::Rejected));
        assert_eq!(
            problem(Material::rsa(&n, &[3, 0, 0, 0, 1])),
            Some(KeyProblem::Rejected)
        );
        assert_eq!(problem(Material::rsa(&n, &[1, 0, 0, 0, 1])), None);
    }

    #[test]
    fn a_point_is_on_its_curve() {
        let (x, y) = (parameter("p256", "x"), parameter("p256", "y"));
        let (x384, y384) = (parameter("p384", "x"), parameter("p384", "y"));
        let cases = [
            (Curve::P256, x.clone(), y.clone(), None),
            (Curve::P384, x384.clone(), y384.clone(), None),
            (Curve::P256, y.clone(), x.clone(), Some(KeyProblem::Point)),
            (
                Curve::P384,
                y384.clone(),
                x384.clone(),
                Some(KeyProblem::Point),
            ),
            (
                Curve::P256,
                vec![0; 32],
                vec![0; 32],
                Some(KeyProblem::Point),
            ),
            (
                Curve::P256,
                vec![0xff; 32],
                vec![0xff; 32],
                Some(KeyProblem::Point),
            ),
            (
                Curve::P256,
                x384.clone(),
                y384.clone(),
                Some(KeyProblem::Parameter),
            ),
            (
                Curve::P384,
                x.clone(),
                y.clone(),
                Some(KeyProblem::Parameter),
            ),
            (
                Curve::P256,
                x[1..].to_vec(),
                y.clone(),
                Some(KeyProblem::Parameter),
            ),
            (
                Curve::P256,
                [&[0], &x[..]].concat(),
                y.clone(),
                Some(KeyProblem::Parameter),
            ),
        ];
        for (curve, x, y, expected) in cases {
            // Here aws-lc-rs judges the same.
            let alone = ParsedPublicKey::new(curve.parameters().1, [&[4], &x[..], &y].concat());
            assert_eq!(alone.is_err(), expected.is_some());
            assert_eq!(problem(Material::ec(curve, &x, &y)), expected);
        }
    }

    #[test]
    fn aws_lc_rs_alone_takes_a_point_in_other_forms() {
        let (x, y) = (parameter("p256", "x"), parameter("p256", "y"));
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED;
        let compressed = [&[2 + (y[31] & 1)], &x[..]].concat();
        assert!(ParsedPublicKey::new(algorithm, &compressed).is_ok());
        let whole = ParsedPublicKey::new(algorithm, [&[4], &x[..], &y].concat()).unwrap();
        let spki: PublicKeyX509Der<'_> = whole.as_der().unwrap();
        assert!(ParsedPublicKey::new(algorithm, spki.as_ref()).is_ok());
    }

    /// 2^255 - 19 + `more`, little-endian.
    fn p_plus(more: u8) -> [u8; 32] {
        let mut encoded = [0xff; 32];
        encoded[0] = 0xed_u8.wrapping_add(more);
        encoded[31] = 0x7f;
        assert!(more <= 0x12);
        encoded
    }

    fn ed25519_alone(encoded: &[u8]) -> ParsedPublicKey {
        ParsedPublicKey::new(&signature::ED25519, encoded).expect("aws-lc-rs loads any 32 bytes")
    }

    #[test]
    fn ed25519_points_of_small_order_are_refused_in_every_encoding() {
        let small = |first: u8| {
            let mut encoded = [0; 32];
            encoded[0] = first;
            encoded
        };
        let order_8: [[u8; 32]; 2] = [
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ]
        .map(|hex| {
            std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        });
        let minus_one = {
            let mut encoded = p_plus(0);
            encoded[0] = 0xec;
            encoded
        };
        let points = [
            small(0),
            small(1),
            minus_one,
            order_8[0],
            order_8[1],
            p_plus(0),
            p_plus(1),
        ];
        for mut point in points {
            for sign in [0, 0x80] {
                point[31] |= sign;
                ed25519_alone(&point);
                assert_eq!(
                    problem(Material::ed25519(&point)),
                    Some(KeyProblem::Point),
                    "{point:x?}"
                );
            }
        }

        // (The neutral point, 0) signs every message with the neutral point as key, and a part of them with the others.
        // Keys that are not canonical may verify it or not: AWS-LC has one implementation for each kind of processor.
        let mut forged = [0; 64];
        forged[0] = 1;
        for (key, expected) in [(small(1), 64..=64), (minus_one, 1..=63), (small(0), 1..=63)] {
            let key = ed25519_alone(&key);
            let signed = |message: &u8| key.verify_sig(&[*message], &forged).is_ok();
            let messages_signed = (0..64).filter(signed).count();
            assert!(expected.contains(&messages_signed), "{messages_signed}");
        }
    }

    #[test]
    fn ed25519_is_canonical_and_a_point() {
        // y = 3 is a point, y = 2 is none.
        let mut three = [0; 32];
        three[0] = 3;
        assert_eq!(problem(Material::ed25519(&three)), None);
        three[31] = 0x80;
        assert_eq!(problem(Material::ed25519(&three)), None);
        let mut two = [0; 32];
        two[0] = 2;
        for encoded in [p_plus(3), two, [0xff; 32]] {
            ed25519_alone(&encoded);
            assert_eq!(
                problem(Material::ed25519(&encoded)),
                Some(KeyProblem::Point)
            );
        }
        let x = parameter("ed25519", "x");
        assert_eq!(problem(Material::ed25519(&x)), None);
        assert_eq!(
            problem(Material::ed25519(&x[1..])),
            Some(KeyProblem::Parameter)
        );
        assert_eq!(
            problem(Material::ed25519(&[&x[..], &[0]].concat())),
            Some(KeyProblem::Parameter)
        );
    }

    #[test]
    fn ed25519_keys_that_are_in_use_are_points() {
        use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

        for seed in 0..64u8 {
            let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
            assert_eq!(problem(Material::ed25519(pair.public_key().as_ref())), None);
        }
    }

    #[test]
    fn a_key_is_bound_to_what_it_fits() {
        let p256 = Material::ec(
            Curve::P256,
            &parameter("p256", "x"),
            &parameter("p256", "y"),
        )
        .unwrap();
        let rsa = Material::rsa(&parameter("rsa", "n"), &parameter("rsa", "e")).unwrap();
        let ed25519 = Material::ed25519(&parameter("ed25519", "x")).unwrap();
        for (material, algorithm, expected) in [
            (&p256, Algorithm::Es256, None),
            (&p256, Algorithm::Es384, Some(KeyProblem::Curve)),
            (&p256, Algorithm::Rs256, Some(KeyProblem::Algorithm)),
            (&rsa, Algorithm::Ps512, None),
            (&rsa, Algorithm::Es256, Some(KeyProblem::Algorithm)),
            (&ed25519, Algorithm::EdDsa, None),
            (&ed25519, Algorithm::Es256, Some(KeyProblem::Algorithm)),
        ] {
            assert_eq!(material.bind(algorithm).err(), expected);
        }
    }
}
