//! Responses in JSON.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A response of this media type, which no cache keeps.
pub(crate) fn response<T: Serialize>(
    status: StatusCode,
    media_type: &'static str,
    body: &T,
) -> Result<Response, serde_json::Error> {
    let mut response = Response::new(Body::from(in_ascii(&serde_json::to_string(body)?)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, NO_STORE);
    Ok(response)
}

/// The same JSON with escapes for what is not printable ASCII: what users and actors call themselves can neither act on a
/// terminal nor turn the text around it.
///
/// Outside of strings JSON has no such character but white space.
fn in_ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~' | '\t' | '\n' | '\r') {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_ascii_says_the_same() {
        for (text, written) in [
            ("plain \\ \"", r#""plain \\ \"""#),
            ("\u{1b}[2J\r\n\0", r#""\u001b[2J\r\n\u0000""#),
            ("\u{7f}\u{9b}31m", r#""\u007f\u009b31m""#),
            ("admin\u{202e}nimda", r#""admin\u202enimda""#),
            ("Zoë 👍", r#""Zo\u00eb \ud83d\udc4d""#),
        ] {
            let json = in_ascii(&serde_json::to_string(text).unwrap());
            assert_eq!(json, written);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
