//! Strict JSON (RFC 8259): one value, names unique in every object, nothing after it, and nested no deeper than a bound.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Reads `text` as one value by `seed`.
pub(crate) fn parse<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Option<S::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

/// Reads `text` into a tree.
pub(crate) fn value_with_unique_names(text: &str) -> Option<Value> {
    parse(text, Tree)
}

/// A value as far as a claim or header parameter is looked at: arrays and objects are walked, then forgotten.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Json<'de> {
    #[default]
    Absent,
    Null,
    Bool(bool),
    /// A number that was asked for as a [`Date`].
    Date(f64),
    String(Cow<'de, str>),
    /// A number, an array or an object.
    Other,
}

impl<'de> Json<'de> {
    /// The string that it is, if it is one and not empty.
    pub(crate) fn text(&self) -> Option<&Cow<'de, str>> {
        match self {
            Self::String(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// How deep arrays and objects may stand in each other.
const MAX_NESTING: u8 = 32;

/// Reads any value as [`Json`].
pub(crate) struct Any {
    levels: u8,
}

impl Any {
    pub(crate) const fn new() -> Self {
        Self {
            levels: MAX_NESTING,
        }
    }

    fn inner<E: serde::de::Error>(&self) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Self { levels }),
            None => Err(E::custom("too deep")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Any {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        while seq.next_element_seed(self.inner()?)?.is_some() {}
        Ok(Json::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut names = Names::default();
        while let Some(name) = map.next_key_seed(Name)? {
            names.add(name)?;
            map.next_value_seed(self.inner()?)?;
        }
        Ok(Json::Other)
    }
}

/// Reads any value as its JSON text. Of what stands inside it nothing is known but that it is well formed.
pub(crate) struct Raw;

impl<'de> DeserializeSeed<'de> for Raw {
    type Value = &'de str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'de str, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(RawValue::get)
    }
}

/// Reads a `NumericDate` (RFC 7519 §2) as [`Json::Date`], and what is no finite number as [`Json::Other`].
///
/// From its text, since a number comes in another shape when anything in the build switches on `serde_json`'s
/// `arbitrary_precision`.
pub(crate) struct Date;

impl<'de> DeserializeSeed<'de> for Date {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        let text = Raw.deserialize(deserializer)?;
        let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        // Nearly every date is whole seconds, which are read in a fraction of the time.
        let whole = || text.parse().ok().map(|seconds: u32| f64::from(seconds));
        let date = whole().or_else(|| text.parse().ok());
        let date = date.filter(|date| is_number && date.is_finite());
        Ok(date.map_or(Json::Other, Json::Date))
    }
}

/// Reads the name of a member, borrowed where it holds no escape.
pub(crate) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

/// How many names of an object are compared one by one.
const FIRST: usize = 24;

/// The names seen in one object.
///
/// A header is read before its signature is verified: the set that takes over beyond the usual number of members keeps
/// a hostile one from costing the square of its length.
#[derive(Default)]
pub(crate) struct Names<'de> {
    first: [(Brief, &'de str); FIRST],
    len: usize,
    more: HashSet<Cow<'de, str>>,
}

/// The length of a name and its first bytes, by which nearly all names differ.
#[derive(Clone, Copy, Default, PartialEq)]
struct Brief(u64);

impl Brief {
    fn of(name: &str) -> Self {
        let start = match name.as_bytes() {
            [a, b, c, ..] => u64::from_le_bytes([0, 0, 0, 0, 0, *a, *b, *c]),
            [a, b] => u64::from_le_bytes([0, 0, 0, 0, 0, *a, *b, 0]),
            [a] => u64::from_le_bytes([0, 0, 0, 0, 0, *a, 0, 0]),
            [] => 0,
        };
        Self(start | u64::try_from(name.len()).unwrap_or(u64::MAX) & 0xff_ffff_ffff)
    }
}

impl<'de> Names<'de> {
    pub(crate) fn add<E: serde::de::Error>(&mut self, name: Cow<'de, str>) -> Result<(), E> {
        let twice = || E::custom("a name stands twice in one object");
        let brief = Brief::of(&name);
        let mut first = self.first.iter().take(self.len);
        let is_seen = first.any(|(seen_brief, seen)| *seen_brief == brief && **seen == *name);
        if is_seen || self.more.contains(&name) {
            return Err(twice());
        }
        match (self.first.get_mut(self.len), name) {
            (Some(slot), Cow::Borrowed(name)) => {
                *slot = (brief, name);
                self.len = self.len.saturating_add(1);
            }
            (_, name) => {
                self.more.insert(name);
            }
        }
        Ok(())
    }
}

struct Tree;

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Tree)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value_seed(Tree)?;
            if members.insert(name.into_owned(), value).is_some() {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_not_one_strict_value() {
        let many: Vec<String> = (0..100).map(|i| format!("\"n{i}\":0")).collect();
        let many = many.join(",");
        for text in [
            "",
            "{} {}",
            "{\"a\":1,\"a\":1}",
            "{\"a\":1,\"\\u0061\":1}",
            "{\"\\u0061\":1,\"a\":1}",
            "{\"\\u0061\":1,\"\\u0061\":1}",
            "{\"\":1,\"\":1}",
            "{\"name_1\":1,\"name_2\":1,\"name_1\":1}",
            "{\"o\":{\"a\":1,\"a\":2}}",
            "[{\"a\":1,\"a\":2}]",
            "{\"a\":1e400}",
            "{\"a\":\"\\ud800\"}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1,}",
            "\u{feff}{}",
            &format!("{{{many},\"n99\":0}}"),
            &format!("{{{many},\"n3\":0}}"),
            &("[".repeat(200) + &"]".repeat(200)),
        ] {
            assert_eq!(parse(text, Any::new()), None, "{text}");
            assert_eq!(value_with_unique_names(text), None, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(parse(&nested(32), Any::new()), Some(Json::Other));
        assert_eq!(parse(&nested(33), Any::new()), None);
    }

    #[test]
    fn a_date_is_a_finite_number() {
        for (text, date) in [
            ("0", 0.0),
            ("-1", -1.0),
            ("1767225600", 1_767_225_600.0),
            ("1767225600.5", 1_767_225_600.5),
            ("1.7e9", 1.7e9),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ] {
            assert_eq!(parse(text, Date), Some(Json::Date(date)), "{text}");
        }
        for text in [
            "1e400",
            "-1e400",
            "null",
            "\"1\"",
            "true",
            "[1]",
            "{\"a\":1}",
        ] {
            assert_eq!(parse(text, Date), Some(Json::Other), "{text}");
        }
        for text in ["+1", "01", "inf", "NaN", "1."] {
            assert_eq!(parse(text, Date), None, "{text}");
        }
    }

    #[test]
    fn borrows_what_needs_no_unescaping() {
        assert!(matches!(
            parse("\"plain\"", Any::new()),
            Some(Json::String(Cow::Borrowed("plain")))
        ));
        assert!(
            matches!(parse("\"t\\u0061b\"", Any::new()), Some(Json::String(Cow::Owned(text))) if text == "tab")
        );
    }

    /// A name in quotes, where the characters whose bits are set in `escaped` are written as escapes.
    fn spelled(name: &str, escaped: u8) -> String {
        let spell = |(at, char): (usize, char)| {
            if escaped & (1 << at) == 0 {
                char.to_string()
            } else {
                format!("\\u{:04x}", u32::from(char))
            }
        };
        format!(
            "\"{}\"",
            name.chars().enumerate().map(spell).collect::<String>()
        )
    }

    proptest! {
        /// Names that share length and first bytes, in any number and spelling, with or without one that stands twice.
        #[test]
        fn a_name_that_stands_twice_is_found(
            distinct in proptest::collection::hash_set("(|x|exp|exp_)[ab]{0,4}", 0..80),
            spellings in proptest::collection::vec(any::<u8>(), 81),
            twice in proptest::option::of(any::<(prop::sample::Index, prop::sample::Index)>()),
            plain in any::<bool>(),
        ) {
            let mut names: Vec<String> = distinct.into_iter().collect();
            if let (Some((which, place)), false) = (twice, names.is_empty()) {
                let name = which.get(&names).clone();
                names.insert(place.index(names.len()), name);
            }
            let escapes = |spelling: u8| if plain { 0 } else { spelling };
            let members = names.iter().zip(&spellings);
            let members = members.map(|(name, spelling)| format!("{}:0", spelled(name, escapes(*spelling))));
            let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
            let unique = names.iter().collect::<HashSet<_>>().len() == names.len();
            prop_assert_eq!(parse(&text, Any::new()).is_some(), unique, "{}", text);
            prop_assert_eq!(value_with_unique_names(&text).is_some(), unique, "{}", text);
        }
    }
}
