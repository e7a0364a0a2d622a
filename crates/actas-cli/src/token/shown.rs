//! What may be printed of a token, and how.

use actas_audit::Escaped;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What text ends with that was cut.
const CUT: &str = "…[cut]";

/// Bytes of the longest value that is printed whole.
const MAX_BYTES: usize = 256;
/// Characters of the shortest part that is kept secret wherever it stands: a shorter one is a word that may stand anywhere.
const SECRET: usize = 16;
/// Characters of the shortest text that is taken for a token.
const SHORTEST: usize = 40;
/// Characters that a header is known by.
const START: usize = 16;

/// Prints what a token says, but neither the token nor a part of it as it is encoded.
pub(super) struct Shown<'t> {
    /// The parts of the token.
    pub(super) parts: &'t [&'t str],
}

impl Shown<'_> {
    /// `text`, cut where it is long, with what could act on a terminal escaped.
    pub(super) fn text(&self, text: &str) -> String {
        let mut parts = self.parts.iter().filter(|part| part.len() >= SECRET);
        if parts.any(|part| text.contains(part)) || holds_token(text) {
            return "(part of a token, not shown)".to_owned();
        }
        capped(text)
    }

    /// A value in JSON, or that it is absent.
    pub(super) fn value(&self, value: Option<&Value>) -> String {
        match value {
            None => "absent".to_owned(),
            Some(value) => self.text(&value.to_string()),
        }
    }
}

/// What was said on the command line, or in an error.
pub(super) fn capped(text: &str) -> String {
    if text.len() <= MAX_BYTES {
        return Escaped(text).to_string();
    }
    let end = text.floor_char_boundary(MAX_BYTES.saturating_sub(CUT.len()));
    let start = text.get(..end).unwrap_or_default();
    format!("{}{CUT}", Escaped(start))
}

/// Whether a token seems to stand in `text`: base64url of a JSON object, and a dot.
pub(super) fn holds_token(text: &str) -> bool {
    let is_of_token =
        |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    text.split(|character| !is_of_token(character))
        .filter(|run| run.len() >= SHORTEST)
        .any(|run| {
            let mut parts = run.rsplit('.');
            // What no dot follows is no header.
            parts.next();
            parts.any(is_header)
        })
}

fn is_header(part: &str) -> bool {
    let start = part.get(..START).unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD.decode(start).unwrap_or_default();
    let object = decoded.trim_ascii_start().strip_prefix(b"{");
    object.is_some_and(|members| matches!(members.trim_ascii_start(), [] | [b'"', ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode(header);
        format!("{header}.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJlc2lnbmF0dXJl")
    }

    #[test]
    fn a_token_is_known_wherever_it_stands() {
        for header in [
            r#"{"alg":"RS256"}"#,
            "{ \"alg\" : \"RS256\" }",
            "\n{\n  \"alg\": \"RS256\"\n}",
            "{                         \"alg\":\"RS256\"}",
        ] {
            let token = token(header);
            let two_parts = token.rsplit_once('.').unwrap().0;
            for text in [
                token.clone(),
                two_parts.to_owned(),
                format!("--jwks={token}"),
                format!("Bearer {token}"),
                format!("./{token}"),
                format!("x.{token}.txt"),
                format!("\"{token}\"\n"),
            ] {
                assert!(holds_token(&text), "{text}");
            }
        }
        for text in [
            "",
            "-",
            "token.txt",
            "/a/long/path/of/a/folder/that/holds/the/tokens/token.2026-01-01.txt",
            "pk_test_Y2xlcmsuY2xlcmsuZGV2JA",
            "https://login.example.com/realms/shop.of.long.names/and.more.of.them",
            "a.very.long.name.in.which.every.dot.is.followed.by.a.word",
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
        ] {
            assert!(!holds_token(text), "{text}");
        }
    }

    #[test]
    fn no_part_is_shown() {
        let token = token(r#"{"alg":"RS256"}"#);
        let parts: Vec<&str> = token.split('.').collect();
        let shown = Shown { parts: &parts };
        for part in &parts {
            assert_eq!(
                shown.text(&format!("a {part} b")),
                "(part of a token, not shown)"
            );
        }
        let other = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2VyXzIifQ.b3RoZXIgc2lnbmF0dXJl";
        assert_eq!(shown.text(other), "(part of a token, not shown)");
        assert_eq!(shown.text("user_1"), "user_1");
    }

    #[test]
    fn what_is_long_is_cut_and_what_acts_is_escaped() {
        let long = capped(&"ë".repeat(1000));
        assert!(long.len() <= MAX_BYTES && long.ends_with(CUT), "{long}");
        assert_eq!(capped("a\u{1b}[2J\u{202e}"), r"a\u{1b}[2J\u{202e}");
    }
}
