//! The parts of a token, read to be shown: the verifier reads them for itself.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::input::Input;

const ORDINALS: [&str; 3] = ["first", "second", "third"];

/// The parts of a token, as far as they can be read.
pub(super) struct Parts<'t> {
    /// As they came, where there are three.
    pub(super) encoded: Vec<&'t str>,
    /// What they are, in words.
    pub(super) form: String,
    pub(super) header: Option<Object>,
    pub(super) claims: Option<Object>,
    /// Bytes of the signature.
    pub(super) signature: Option<usize>,
}

impl<'t> Parts<'t> {
    pub(super) fn read(input: &'t Input) -> Self {
        let text = input.text.as_str();
        let count = text.split('.').count();
        if count != ORDINALS.len() || !input.is_utf8 {
            return Self {
                encoded: Vec::new(),
                form: match count {
                    _ if !input.is_utf8 => "bytes that are not UTF-8".to_owned(),
                    _ if text.is_empty() => "nothing".to_owned(),
                    1 => "1 part".to_owned(),
                    _ => format!("{count} parts"),
                },
                header: None,
                claims: None,
                signature: None,
            };
        }
        let encoded: Vec<&str> = text.split('.').collect();
        let decoded: Vec<_> = encoded
            .iter()
            .map(|part| URL_SAFE_NO_PAD.decode(part).ok())
            .collect();
        let part = |index: usize| decoded.get(index).and_then(Option::as_deref);
        let object = |index| serde_json::from_slice(part(index)?).ok();
        Self {
            form: form(&encoded, &decoded),
            header: object(0),
            claims: object(1),
            signature: part(2).map(<[u8]>::len),
            encoded,
        }
    }
}

fn form(encoded: &[&str], decoded: &[Option<Vec<u8>>]) -> String {
    for ((name, part), bytes) in ORDINALS.iter().zip(encoded).zip(decoded) {
        let problem = match bytes {
            _ if part.is_empty() => "is empty",
            None => "is not base64url without padding",
            Some(_) => continue,
        };
        return format!("3 parts, of which the {name} {problem}");
    }
    "3 parts in base64url".to_owned()
}

/// A JSON object, with a name as often as it stands there.
pub(super) struct Object(Vec<(String, Value)>);

impl Object {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let mut members = self.0.iter();
        members
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}
