use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::ErrorKind;

/// A token in compact serialisation (RFC 7515 §7.1), cut into its parts and nothing more.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'t> {
    pub(crate) header: &'t str,
    pub(crate) payload: &'t str,
    pub(crate) signature: &'t str,
    /// What the signature signs: header and payload with the dot between them.
    pub(crate) signed: &'t str,
}

impl<'t> Compact<'t> {
    pub(crate) fn parse(token: &'t str, max_bytes: usize) -> Result<Self, ErrorKind> {
        if token.len() > max_bytes {
            return Err(ErrorKind::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(ErrorKind::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(ErrorKind::Form)?;
        let parts = [header, payload, signature];
        if !parts.into_iter().all(is_base64url) {
            return Err(ErrorKind::Form);
        }
        Ok(Self {
            header,
            payload,
            signature,
            signed,
        })
    }
}

/// Whether a part is base64url without padding and with zero trailing bits (RFC 7515 §2, RFC 4648 §3.5).
fn is_base64url(part: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let (whole, rest) = part.as_bytes().as_chunks::<4>();
    !part.is_empty()
        && whole.as_flattened().iter().copied().all(is_letter)
        && URL_SAFE_NO_PAD.decode_slice(rest, &mut [0; 3]).is_ok()
}

/// What most parts decode to fits here, so that decoding allocates nothing.
const ON_STACK: usize = 4096;

/// Hands the decoded bytes of `part` to `read`.
pub(crate) fn decoded<T>(
    part: &str,
    read: impl FnOnce(&[u8]) -> Result<T, ErrorKind>,
) -> Result<T, ErrorKind> {
    let mut stack = [0; ON_STACK];
    let mut heap = Vec::new();
    let room = base64::decoded_len_estimate(part.len());
    let buffer = if room <= ON_STACK {
        stack.as_mut_slice()
    } else {
        heap.resize(room, 0);
        heap.as_mut_slice()
    };
    let len = URL_SAFE_NO_PAD
        .decode_slice(part, buffer)
        .map_err(|_| ErrorKind::Form)?;
    read(buffer.get(..len).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_full_base64url_parts_are_a_token() {
        for token in [
            "",
            ".",
            "..",
            "...",
            "a.b",
            "a.b.c.d",
            "a..c",
            ".b.c",
            "a.b.",
            "a.b.c ",
            " a.b.c",
            "a.b.c=",
            "a.b.c\n",
            "a+.b.c",
            "a.b/.c",
            "a.b.ć",
            "QUF.QUE.QQ",
            "QUE.QUE.QR",
            "QUE.Q.QQ",
            "QUE.QUEBQ.QQ",
            "QQ.QQ.QQQ=",
        ] {
            assert_eq!(
                Compact::parse(token, 99).err(),
                Some(ErrorKind::Form),
                "{token:?}"
            );
        }
        let token = Compact::parse("Qw._-8.QUFB-_8", 99).ok().unwrap();
        assert_eq!(
            (token.header, token.payload, token.signature, token.signed),
            ("Qw", "_-8", "QUFB-_8", "Qw._-8")
        );
    }

    #[test]
    fn the_size_is_judged_first() {
        assert!(Compact::parse("QQ.QQ.QQ", 8).is_ok());
        assert_eq!(
            Compact::parse("QQ.QQ.QQ", 7).err(),
            Some(ErrorKind::TooLarge)
        );
    }

    #[test]
    fn trailing_bits_must_be_zero() {
        assert_eq!(decoded("QQ", |bytes| Ok(bytes.to_vec())), Ok(b"A".to_vec()));
        for part in ["QR", "Q", "QQ=="] {
            assert_eq!(decoded(part, |_| Ok(())), Err(ErrorKind::Form), "{part}");
        }
        let long = "QUFB".repeat(2000);
        assert_eq!(decoded(&long, |bytes| Ok(bytes.len())), Ok(6000));
    }
}
