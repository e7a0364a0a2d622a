//! How the parts of keys are written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::error::KeyError;

/// Bytes of the largest part of a key: those of an RSA modulus of 8192 bits, with room for zeros before it.
const MAX_PART: usize = 1032;

/// Bytes of one that is secret, in base64url without padding (RFC 7515 §2).
pub(super) fn encode(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads base64url without padding.
pub(super) fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // Room for all of it from the first, so that no copy is left behind.
    let mut bytes = Zeroizing::new(vec![0; MAX_PART]);
    let length = URL_SAFE_NO_PAD
        .decode_slice(text, &mut bytes)
        .map_err(|_| KeyError::Rejected)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// What stands between the outer length and the length of the key in a PKCS#8 document of an RSA key: version 0, the
/// algorithm `rsaEncryption` without parameters, and an octet string (RFC 8017 §A.1, RFC 5208 §5).
const RSA_PKCS8: [u8; 20] = [
    0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00, 0x04, 0x82,
];

/// The `RSAPrivateKey` (RFC 8017 §A.1.2) in a PKCS#8 document as aws-lc writes it, of a key of 2048 bits or more.
pub(super) fn rsa_private_key(pkcs8: &[u8]) -> Option<&[u8]> {
    let inner = pkcs8
        .strip_prefix(&[0x30, 0x82])?
        .get(2..)?
        .strip_prefix(&RSA_PKCS8)?;
    inner.get(2..)
}

/// The integers of an `RSAPrivateKey` after its version: n, e, d, p, q, dP, dQ, qInv.
pub(super) fn rsa_integers(private_key: &[u8]) -> Option<[&[u8]; 8]> {
    let (mut rest, after) = value(private_key, 0x30)?;
    if !after.is_empty() {
        return None;
    }
    (_, rest) = value(rest, 0x02)?;
    let mut integers = [&[][..]; 8];
    for integer in &mut integers {
        let (found, after) = value(rest, 0x02)?;
        // A zero before it keeps it from being negative.
        *integer = found.strip_prefix(&[0]).unwrap_or(found);
        rest = after;
    }
    rest.is_empty().then_some(integers)
}

/// A DER value with this tag, and what follows it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0x00..=0x7f => (usize::from(*first), rest),
        0x81 | 0x82 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = length
                .iter()
                .fold(0, |length: usize, byte| (length << 8) | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_read_strictly() {
        assert_eq!(**decode("AQAB").unwrap(), [1, 0, 1]);
        assert_eq!(**encode(&[1, 0, 1]), *"AQAB");
        for text in ["AQAB=", "AQA+", "A", "AR", "AQ AB", &"A".repeat(4000)] {
            assert!(decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_der_panics() {
        let integers = [0x02, 0x01, 0x00].repeat(9);
        let whole = [&[0x30, 27][..], &integers].concat();
        assert_eq!(rsa_integers(&whole), Some([&[][..]; 8]));
        for length in 0..whole.len() {
            assert!(rsa_integers(&whole[..length]).is_none());
            assert!(rsa_private_key(&whole[..length]).is_none());
        }
        for der in [
            &[0x30, 0x80][..],
            &[0x30, 0x83, 0, 0, 0],
            &[0x30, 0x82, 0xff],
            &[0x31, 0x00],
            &[&whole[..], &[0]].concat(),
        ] {
            assert!(rsa_integers(der).is_none());
        }
    }
}
