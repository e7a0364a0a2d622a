//! The claims of a token whose signature held, read in one pass and judged by nobody yet.

use std::borrow::Cow;
use std::{fmt, mem};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::json::{self, Any, Date, Json, Name, Names, Raw};

/// The claims of RFC 7519, RFC 8693 and of session tokens, each as it came.
#[derive(Default)]
pub(crate) struct Claims<'p> {
    pub(crate) text: &'p str,
    pub(crate) issuer: Json<'p>,
    pub(crate) subject: Json<'p>,
    pub(crate) audience: Audience<'p>,
    pub(crate) expires_at: Json<'p>,
    pub(crate) not_before: Json<'p>,
    pub(crate) issued_at: Json<'p>,
    pub(crate) token_id: Json<'p>,
    pub(crate) session_id: Json<'p>,
    pub(crate) authorized_party: Json<'p>,
    pub(crate) status: Json<'p>,
    /// The JSON text of `act`, where it is present and not `null`.
    pub(crate) actor: Option<&'p str>,
    /// The values of the claims that were asked for by name, in that order.
    pub(crate) watched: Vec<Json<'p>>,
}

/// `aud` (RFC 7519 §4.1.3).
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Audience<'p> {
    #[default]
    Absent,
    Names(Vec<Cow<'p, str>>),
    Malformed,
}

impl<'p> Claims<'p> {
    pub(crate) fn parse(text: &'p str, watch: &[String]) -> Option<Self> {
        let mut claims = Self {
            text,
            watched: watch.iter().map(|_| Json::Absent).collect(),
            ..Self::default()
        };
        let members = Members {
            claims: &mut claims,
            watch,
        };
        json::parse(text, members)?;
        Some(claims)
    }
}

struct Members<'c, 'p> {
    claims: &'c mut Claims<'p>,
    watch: &'c [String],
}

impl<'p> DeserializeSeed<'p> for Members<'_, 'p> {
    type Value = ();

    fn deserialize<D: Deserializer<'p>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'p> Visitor<'p> for Members<'_, 'p> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a claims set")
    }

    fn visit_map<A: MapAccess<'p>>(self, mut map: A) -> Result<(), A::Error> {
        let claims = self.claims;
        let mut has_actor = false;
        let mut others = Names::default();
        while let Some(name) = map.next_key_seed(Name)? {
            let is_first = match &*name {
                "aud" => {
                    let audience = map.next_value_seed(AudienceValue)?;
                    mem::replace(&mut claims.audience, audience) == Audience::Absent
                }
                "exp" => fill(&mut claims.expires_at, map.next_value_seed(Date)?),
                "nbf" => fill(&mut claims.not_before, map.next_value_seed(Date)?),
                "iat" => fill(&mut claims.issued_at, map.next_value_seed(Date)?),
                "act" => {
                    let act = map.next_value_seed(Raw)?;
                    claims.actor = Some(act).filter(|act| *act != "null");
                    !mem::replace(&mut has_actor, true)
                }
                "iss" => fill(&mut claims.issuer, map.next_value_seed(Any::new())?),
                "sub" => fill(&mut claims.subject, map.next_value_seed(Any::new())?),
                "jti" => fill(&mut claims.token_id, map.next_value_seed(Any::new())?),
                "sid" => fill(&mut claims.session_id, map.next_value_seed(Any::new())?),
                "azp" => fill(
                    &mut claims.authorized_party,
                    map.next_value_seed(Any::new())?,
                ),
                "sts" => fill(&mut claims.status, map.next_value_seed(Any::new())?),
                _ => {
                    let value = map.next_value_seed(Any::new())?;
                    let slots = claims.watched.iter_mut().zip(self.watch);
                    for (slot, _) in slots.filter(|(_, watched)| **watched == *name) {
                        *slot = value.clone();
                    }
                    others.add(name)?;
                    true
                }
            };
            if !is_first {
                return Err(A::Error::custom("a claim stands twice"));
            }
        }
        Ok(())
    }
}

/// Whether nothing was there before. What is read is never [`Json::Absent`].
fn fill<'p>(slot: &mut Json<'p>, value: Json<'p>) -> bool {
    mem::replace(slot, value).is_absent()
}

impl<'p> Claims<'p> {
    /// A claim that is kept whether or not it is watched.
    pub(crate) fn standard(&self, name: &str) -> Option<&Json<'p>> {
        Some(match name {
            "iss" => &self.issuer,
            "sub" => &self.subject,
            "jti" => &self.token_id,
            "sid" => &self.session_id,
            "azp" => &self.authorized_party,
            "sts" => &self.status,
            _ => return None,
        })
    }
}

struct AudienceValue;

impl<'de> DeserializeSeed<'de> for AudienceValue {
    type Value = Audience<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AudienceValue {
    type Value = Audience<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Audience::Malformed)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Audience::Malformed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Audience::Malformed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Audience::Malformed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Audience::Malformed)
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Audience::Names(vec![Cow::Borrowed(name)]))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Audience::Names(vec![Cow::Owned(name.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut names = Some(Vec::new());
        while let Some(item) = seq.next_element_seed(Any::new())? {
            match (item, &mut names) {
                (Json::String(name), Some(names)) => names.push(name),
                _ => names = None,
            }
        }
        Ok(names.map_or(Audience::Malformed, Audience::Names))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Any::new().visit_map(map)?;
        Ok(Audience::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claims_set_is_one_object_with_unique_names() {
        for text in [
            "[]",
            "[\"user_1\"]",
            "null",
            "{\"sub\":\"a\",\"sub\":\"a\"}",
            "{\"act\":null,\"act\":{\"sub\":\"admin\"}}",
            "{\"act\":null,\"\\u0061ct\":{\"sub\":\"admin\"}}",
            "{\"x\":{\"y\":1,\"y\":1}}",
            "{\"aud\":{\"y\":1,\"y\":1}}",
        ] {
            assert!(Claims::parse(text, &[]).is_none(), "{text}");
        }
    }

    #[test]
    fn no_claim_stands_twice_in_any_spelling() {
        let others: Vec<String> = (0..30).map(|i| format!("\"n{i}\":0,")).collect();
        let others = others.concat();
        let watch = ["watched".to_owned()];
        for name in [
            "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "azp", "sts", "act", "watched",
            "other", "",
        ] {
            let spellings = [
                format!("\"{name}\""),
                name.chars().fold("\"".to_owned(), |escaped, char| {
                    format!("{escaped}\\u{:04X}", u32::from(char))
                }) + "\"",
            ];
            for first in &spellings {
                for value in ["null", "1", "\"a\"", "[]", "{\"sub\":\"admin\"}", "true"] {
                    for other in ["", &others] {
                        let once = format!("{{{other}{first}:{value}}}");
                        assert!(Claims::parse(&once, &watch).is_some(), "{once}");
                        for second in &spellings {
                            let twice = format!("{{{first}:{value},{other}{second}:{value}}}");
                            assert!(Claims::parse(&twice, &watch).is_none(), "{twice}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_name_is_read_in_any_spelling_that_json_gives_it() {
        let claims = Claims::parse("{\"\\u0061ct\":{\"sub\":\"admin\"},\"Act\":1}", &[]).unwrap();
        assert_eq!(claims.actor, Some("{\"sub\":\"admin\"}"));
        assert_eq!(Claims::parse("{\"act\" : null }", &[]).unwrap().actor, None);
    }

    #[test]
    fn an_audience_is_a_string_or_strings() {
        let audience = |text: &str| match Claims::parse(text, &[]).unwrap().audience {
            Audience::Names(names) => names.join(" "),
            other => format!("{other:?}"),
        };
        assert_eq!(audience("{\"aud\":\"a\"}"), "a");
        assert_eq!(audience("{\"aud\":[\"a\",\"\\u0062\"]}"), "a b");
        assert_eq!(audience("{\"aud\":[]}"), "");
        assert_eq!(audience("{}"), "Absent");
        for malformed in [
            "null",
            "1",
            "-1",
            "0.5",
            "true",
            "{}",
            "[1]",
            "[\"a\",null]",
            "[[\"a\"]]",
        ] {
            assert_eq!(audience(&format!("{{\"aud\":{malformed}}}")), "Malformed");
        }
    }

    #[test]
    fn watched_claims_come_back_in_their_order() {
        let watch = ["typ".to_owned(), "none".to_owned(), "client_id".to_owned()];
        let claims = Claims::parse("{\"client_id\":\"s\",\"typ\":\"Bearer\"}", &watch).unwrap();
        let texts: Vec<_> = claims
            .watched
            .iter()
            .map(|value| value.text().map(|text| &**text))
            .collect();
        assert_eq!(texts, [Some("Bearer"), None, Some("s")]);
    }
}
