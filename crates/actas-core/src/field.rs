//! What several modules read out of header fields in the same way.

use crate::request::RequestHead;

/// The elements of every field line of `name`, split at `separator`, without the spaces around them.
pub(crate) fn elements<'r, R: RequestHead>(
    request: &'r R,
    name: &'static str,
    separator: u8,
) -> impl Iterator<Item = &'r [u8]> {
    request
        .header(name)
        .flat_map(move |line| line.split(move |byte| *byte == separator))
        .map(trim)
}

/// `value` without the optional whitespace (RFC 9110 §5.6.3) at its ends.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Whether `byte` may stand in a token, such as an authentication scheme or the name of a cookie (RFC 9110 §5.6.2).
pub(crate) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_request::TestRequest;

    #[test]
    fn only_space_and_tab_are_trimmed() {
        assert_eq!(trim(b" \t a \t b\t "), b"a \t b");
        assert_eq!(trim(b" \t "), b"");
        assert_eq!(trim(b"\x0ca\n"), b"\x0ca\n");
    }

    #[test]
    fn lines_are_one_list() {
        let request = TestRequest::new("GET")
            .with_header("x-list", "a, b,")
            .with_header("x-other", "no")
            .with_header("x-list", "c");
        let found: Vec<_> = elements(&request, "x-list", b',').collect();
        assert_eq!(found, [&b"a"[..], b"b", b"", b"c"]);
    }

    #[test]
    fn a_token_is_visible_ascii_without_delimiters() {
        let delimiters = b"\"(),/:;<=>?@[\\]{}";
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_graphic() && !delimiters.contains(&byte);
            assert_eq!(is_tchar(byte), expected, "{}", byte.escape_ascii());
        }
    }
}
