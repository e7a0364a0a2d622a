use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::NO_PAD;

use crate::error::ErrorKind;

/// A token in compact serialisation (RFC 7515 §7.1), its parts decoded and not looked at.
pub(crate) struct Compact<'t> {
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    pub(crate) signature: &'t [u8],
    /// What the signature signs: header and payload as they came, with the dot between them.
    pub(crate) signed: &'t str,
}

/// Bytes that the parts of most tokens decode to, together: these are decoded without an allocation.
const ON_STACK: usize = 1536;

impl Compact<'_> {
    /// Hands the parts of `token` to `go_on`, if it is three parts in base64url without padding and with zero trailing
    /// bits (RFC 7515 §2, RFC 4648 §3.5).
    pub(crate) fn read<T>(
        token: &str,
        max_bytes: usize,
        go_on: impl FnOnce(&Compact<'_>) -> Result<T, ErrorKind>,
    ) -> Result<T, ErrorKind> {
        if token.len() > max_bytes {
            return Err(ErrorKind::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(ErrorKind::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(ErrorKind::Form)?;
        let mut stack = [0; ON_STACK];
        let mut heap = Vec::new();
        // Each part may be estimated at three bytes more than it is.
        let room = base64::decoded_len_estimate(token.len()).saturating_add(6);
        let buffer = if room <= ON_STACK {
            stack.as_mut_slice()
        } else {
            heap.resize(room, 0);
            heap.as_mut_slice()
        };
        let (header, buffer) = decode(header, buffer)?;
        let (payload, buffer) = decode(payload, buffer)?;
        let (signature, _) = decode(signature, buffer)?;
        go_on(&Compact {
            header,
            payload,
            signature,
            signed,
        })
    }
}

// Where there is no such engine, the crate's ordinary one does the same.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static BASE64URL: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::url_safe(NO_PAD));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static BASE64URL: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, NO_PAD));

/// Decodes `part` into the front of `buffer`, and hands on the rest of it.
fn decode<'b>(part: &str, buffer: &'b mut [u8]) -> Result<(&'b [u8], &'b mut [u8]), ErrorKind> {
    if part.is_empty() {
        return Err(ErrorKind::Form);
    }
    let len = BASE64URL
        .decode_slice(part, buffer)
        .map_err(|_| ErrorKind::Form)?;
    let (decoded, rest) = buffer.split_at_mut_checked(len).ok_or(ErrorKind::Form)?;
    Ok((decoded, rest))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn read(token: &str, max_bytes: usize) -> Result<[Vec<u8>; 3], ErrorKind> {
        Compact::read(token, max_bytes, |parts| {
            assert_eq!(token.rsplit_once('.').unwrap().0, parts.signed);
            Ok([parts.header, parts.payload, parts.signature].map(<[u8]>::to_vec))
        })
    }

    #[test]
    fn only_three_full_base64url_parts_are_a_token() {
        for token in [
            "",
            ".",
            "..",
            "...",
            "a.b",
            "a.b.c.d",
            "QQ.QQ.QQ.QQ",
            "QQ..QQ",
            ".QQ.QQ",
            "QQ.QQ.",
            "QQ.QQ.QQ ",
            " QQ.QQ.QQ",
            "QQ.QQ.QQ==",
            "QQ.QQ.QQ\n",
            "QUF+.QQ.QQ",
            "QQ.QUF/.QQ",
            "QQ.QQ.QUFć",
            "QUF.QUE.QQ",
            "QUE.QUE.QR",
            "QUE.Q.QQ",
            "QUE.QUEBQ.QQ",
            "QQ=.QQ.QQ",
        ] {
            assert_eq!(read(token, 99), Err(ErrorKind::Form), "{token:?}");
        }
        assert_eq!(
            read("Qw._-8.QUFB-_8", 99),
            Ok([b"C".to_vec(), b"\xff\xef".to_vec(), b"AAA\xfb\xff".to_vec()])
        );
    }

    proptest! {
        /// By the alphabet of RFC 4648 §5, and by encoding anew what was decoded.
        #[test]
        fn a_part_has_one_form(part in "[A-Za-z0-9_-]{0,120}", odd in any::<char>(), at in 0..121usize) {
            let mut changed = part.clone();
            changed.insert(at.min(part.len()), odd);
            for part in [part, changed] {
                let parts = read(&format!("{part}.QQ.{part}"), 4096);
                if let Ok([header, _, signature]) = parts {
                    prop_assert!(URL_SAFE_NO_PAD.encode(&header) == part && header == signature);
                    continue;
                }
                let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                let last = part.bytes().last().unwrap_or_default();
                let has_zero_bits = match part.len() % 4 {
                    2 => b"AQgw".contains(&last),
                    3 => b"AEIMQUYcgkosw048".contains(&last),
                    rest => rest == 0,
                };
                prop_assert!(part.is_empty() || !part.bytes().all(is_letter) || !has_zero_bits, "{part}");
            }
        }
    }

    #[test]
    fn the_size_is_judged_first() {
        assert!(read("QQ.QQ.QQ", 8).is_ok());
        assert_eq!(read("QQ.QQ.QQ", 7), Err(ErrorKind::TooLarge));
        assert_eq!(read("no token", 7), Err(ErrorKind::TooLarge));
    }

    #[test]
    fn parts_of_any_length_are_decoded() {
        for len in (1..40).chain(500..540).chain(1500..1560).chain([12_000]) {
            let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
            let part = URL_SAFE_NO_PAD.encode(&bytes);
            for token in [
                format!("{part}.QQ.QUE"),
                format!("QUE.{part}.QQ"),
                format!("QQ.QUE.{part}"),
                format!("{part}.{part}.{part}"),
            ] {
                let parts = read(&token, usize::MAX).unwrap();
                assert!(parts.contains(&bytes), "{len}");
            }
        }
    }
}
