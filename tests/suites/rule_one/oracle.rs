//! The slow way to a verdict: the whole text as a value, and every object once more for names that stand twice.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// How many actors may stand one inside the other.
const MAX_DEPTH: usize = 8;

#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Refused,
    Direct,
    /// The value of `act`.
    Impersonated(Value),
}

/// The verdict on claims whose members other than `act` are good, if each stands there once.
pub(crate) fn judge(claims: &str) -> Verdict {
    let Ok(Value::Object(members)) = serde_json::from_str(claims) else {
        return Verdict::Refused;
    };
    if !has_unique_names(claims) {
        return Verdict::Refused;
    }
    match members.get("act") {
        None | Some(Value::Null) => Verdict::Direct,
        Some(act) if is_actor(act, MAX_DEPTH) => Verdict::Impersonated(act.clone()),
        Some(_) => Verdict::Refused,
    }
}

/// Whether `act` names an actor, with as many more inside it as `depth` leaves room for.
fn is_actor(act: &Value, depth: usize) -> bool {
    let (Value::Object(act), Some(left)) = (act, depth.checked_sub(1)) else {
        return false;
    };
    let has_subject = act
        .get("sub")
        .and_then(Value::as_str)
        .is_some_and(|sub| !sub.is_empty());
    let has_issuer = act.get("iss").is_none_or(Value::is_string);
    let has_prior = act
        .get("act")
        .is_none_or(|act| act.is_null() || is_actor(act, left));
    has_subject && has_issuer && has_prior
}

fn has_unique_names(text: &str) -> bool {
    match text.trim_start().chars().next() {
        Some('{') => {
            let Members(members) = serde_json::from_str(text).unwrap();
            let mut names = HashSet::new();
            members
                .iter()
                .all(|(name, value)| names.insert(name) && has_unique_names(value.get()))
        }
        Some('[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text).unwrap();
            items.iter().all(|item| has_unique_names(item.get()))
        }
        _ => true,
    }
}

/// The members of an object, one by one.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}
