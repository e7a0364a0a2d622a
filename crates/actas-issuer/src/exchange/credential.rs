use std::borrow::Cow;

use actas_core::RequestHead;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::clients::{Clients, ExchangeClient};
use super::error::{Code, ExchangeError};
use super::form::{Form, Parameter};

/// Bytes of the longest `Authorization` header that is read.
const MAX_AUTHORIZATION: usize = 4096;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The client that a request authenticates as, by `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1).
pub(super) fn authenticate<'c, R: RequestHead>(
    clients: &'c Clients,
    head: &R,
    form: &Form<'_>,
) -> Result<&'c ExchangeClient, ExchangeError> {
    let mut lines = head.header("authorization");
    let id = form.text(Parameter::ClientId);
    let secret = form.text(Parameter::ClientSecret);
    let found = match (lines.next(), lines.next(), secret) {
        (Some(_), Some(_), _) => {
            return Err(ExchangeError::invalid_request(
                "there are two Authorization headers",
            ));
        }
        (Some(_), None, Some(_)) => {
            return Err(ExchangeError::invalid_request(
                "the client authenticates by its Authorization header and by client_secret: use one",
            ));
        }
        (Some(line), None, None) => {
            let basic = Basic::parse(line).ok_or_else(ExchangeError::invalid_client)?;
            if id.is_some_and(|id| id != basic.id.as_str()) {
                return Err(ExchangeError::invalid_request(
                    "client_id is another than in the Authorization header",
                ));
            }
            clients.find(&basic.id, &basic.secret)
        }
        (None, _, Some(secret)) => id.and_then(|id| clients.find(id, secret)),
        (None, _, None) => {
            return Err(ExchangeError::new(
                Code::InvalidClient,
                "the client must authenticate: by HTTP Basic, or by client_id and client_secret in the form",
            ));
        }
    };
    found.ok_or_else(ExchangeError::invalid_client)
}

/// An id and a secret out of an `Authorization` header.
struct Basic {
    id: Zeroizing<String>,
    secret: Zeroizing<String>,
}

impl Basic {
    fn parse(line: &[u8]) -> Option<Self> {
        if line.len() > MAX_AUTHORIZATION {
            return None;
        }
        let (scheme, rest) = line.split_first_chunk::<6>()?;
        if !scheme.eq_ignore_ascii_case(b"Basic ") {
            return None;
        }
        let decoded = Zeroizing::new(BASE64.decode(rest.trim_ascii()).ok()?);
        let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Self {
            id: form_decoded(id)?,
            secret: form_decoded(secret)?,
        })
    }
}

/// Both halves are form-encoded before they are joined (RFC 6749 §2.3.1).
fn form_decoded(half: &str) -> Option<Zeroizing<String>> {
    if half.contains(['&', '=']) {
        return None;
    }
    let decoded = form_urlencoded::parse(half.as_bytes()).next();
    let name = decoded.map(|(name, _)| name).unwrap_or_default();
    Some(Zeroizing::new(Cow::into_owned(name)))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as PADDED;

    use super::*;

    #[test]
    fn basic_is_decoded_twice() {
        let header = |text: &str| format!("Basic {}", PADDED.encode(text));
        for (line, expected) in [
            (header("a:b"), Some(("a", "b"))),
            (
                header("a:b").to_lowercase().replace("ytpi", "YTpi"),
                Some(("a", "b")),
            ),
            (header("a:b:c"), Some(("a", "b:c"))),
            (header("a%3Ab+c:%C3%A4%26"), Some(("a:b c", "\u{e4}&"))),
            ("Basic   YTpi  ".to_owned(), Some(("a", "b"))),
            ("Basic YTo".to_owned(), Some(("a", ""))),
            ("Basic YTo=".to_owned(), Some(("a", ""))),
            (header(":"), Some(("", ""))),
            (header("ab"), None),
            (header("a:b=c"), None),
            (header("a&b:c"), None),
            ("Basic".to_owned(), None),
            ("Basic ".to_owned(), None),
            ("Basic !!".to_owned(), None),
            ("Basic /w==".to_owned(), None),
            ("Bearer YTpi".to_owned(), None),
            (
                header(&format!("a:{}", "b".repeat(MAX_AUTHORIZATION))),
                None,
            ),
        ] {
            let basic = Basic::parse(line.as_bytes());
            let found = basic.as_ref().map(|basic| (&**basic.id, &**basic.secret));
            assert_eq!(
                found.map(|(id, secret)| (id as &str, secret as &str)),
                expected,
                "{line}"
            );
        }
    }
}
