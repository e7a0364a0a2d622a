use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::error::ErrorKind;
use crate::json::{self, Any, Json, Name, Names};

/// The members of a protected header (RFC 7515 §4.1) that a verifier reads.
///
/// `jku`, `x5u`, `x5c` and `jwk` are not among them: where keys come from is never the token's to say.
#[derive(Debug, Default)]
pub(crate) struct Header<'h> {
    alg: Json<'h>,
    kid: Json<'h>,
    typ: Json<'h>,
    cat: Json<'h>,
    crit: Json<'h>,
    b64: Json<'h>,
}

impl<'h> Header<'h> {
    pub(crate) fn parse(bytes: &'h [u8]) -> Result<Self, ErrorKind> {
        let text = std::str::from_utf8(bytes).map_err(|_| ErrorKind::Header)?;
        let header = json::parse(text, Members).ok_or(ErrorKind::Header)?;
        let strings = [&header.kid, &header.typ, &header.cat];
        if !strings
            .iter()
            .all(|member| matches!(member, Json::Absent | Json::String(_)))
        {
            return Err(ErrorKind::Header);
        }
        if !matches!(header.alg, Json::String(_)) {
            return Err(ErrorKind::Header);
        }
        Ok(header)
    }

    /// Whether the token asks for an extension to be understood (RFC 7515 §4.1.11); none is.
    pub(crate) fn demands_extension(&self) -> bool {
        // RFC 7797: only an implementation that knows `b64` may read a payload that is not encoded.
        !self.crit.is_absent() || !matches!(self.b64, Json::Absent | Json::Bool(true))
    }

    pub(crate) fn algorithm(&self) -> Option<&str> {
        string(&self.alg)
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        string(&self.kid)
    }

    pub(crate) fn token_type(&self) -> Option<&str> {
        string(&self.typ)
    }

    /// Clerk's class of token.
    pub(crate) fn category(&self) -> Option<&str> {
        string(&self.cat)
    }
}

fn string<'j>(member: &'j Json<'_>) -> Option<&'j str> {
    match member {
        Json::String(text) => Some(text),
        _ => None,
    }
}

struct Members;

impl<'de> DeserializeSeed<'de> for Members {
    type Value = Header<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Header<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Header<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a protected header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header<'de>, A::Error> {
        let mut header = Header::default();
        let mut names = Names::default();
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value_seed(Any::new())?;
            match &*name {
                "alg" => header.alg = value,
                "kid" => header.kid = value,
                "typ" => header.typ = value,
                "cat" => header.cat = value,
                "crit" => header.crit = value,
                "b64" => header.b64 = value,
                _ => {}
            }
            names.add(name)?;
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<ErrorKind> {
        Header::parse(text.as_bytes()).err()
    }

    #[test]
    fn each_member_has_its_type() {
        for text in [
            "[]",
            "{}",
            "null",
            "{\"alg\":1}",
            "{\"alg\":null}",
            "{\"alg\":\"RS256\",\"alg\":\"RS256\"}",
            "{\"alg\":\"RS256\",\"kid\":null}",
            "{\"alg\":\"RS256\",\"typ\":[\"JWT\"]}",
            "{\"alg\":\"RS256\",\"cat\":{}}",
            "[\"RS256\"]",
            "{\"alg\":\"RS256\"} ,",
        ] {
            assert_eq!(refusal(text), Some(ErrorKind::Header), "{text}");
        }
        assert_eq!(
            Header::parse(b"{\"alg\":\"RS256\",\"x\":\"\xff\"}").err(),
            Some(ErrorKind::Header)
        );
    }

    #[test]
    fn an_extension_that_is_demanded_is_refused() {
        for text in [
            "{\"alg\":\"RS256\",\"crit\":[\"exp\"]}",
            "{\"alg\":\"RS256\",\"crit\":null}",
            "{\"alg\":\"RS256\",\"crit\":[]}",
            "{\"alg\":\"RS256\",\"b64\":false}",
        ] {
            assert!(
                Header::parse(text.as_bytes()).unwrap().demands_extension(),
                "{text}"
            );
        }
    }

    #[test]
    fn unknown_members_are_ignored() {
        let text = "{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"JWT\",\"jku\":\"https://evil.example\",\"oiat\":{\"a\":[1]}}";
        let header = Header::parse(text.as_bytes()).unwrap();
        assert_eq!(
            (
                header.algorithm(),
                header.key_id(),
                header.token_type(),
                header.category()
            ),
            (Some("ES256"), Some("k"), Some("JWT"), None)
        );
    }
}
