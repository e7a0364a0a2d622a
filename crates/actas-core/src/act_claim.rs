//! How the `act` claim (RFC 8693 §4.1) is read.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::actor::{Actor, ActorKind, PriorActor};
use crate::json::{self, Any, Json, Name, Names, Raw};
use crate::text::{Shelf, cut};

/// How many actors one inside the other a token may name.
const MAX_DEPTH: usize = 8;

/// The `act` claim of a token: this actor first, then those before it.
///
/// Building one is the only way to an [`Actor`].
pub(crate) struct ActClaim<'p> {
    text: &'p str,
    current: Level<'p>,
    prior: Vec<Level<'p>>,
}

/// One `act` object, without the one inside it.
struct Level<'p> {
    subject: Cow<'p, str>,
    issuer: Option<Cow<'p, str>>,
    session_id: Option<Cow<'p, str>>,
    kind: ActorKind,
    inner: Option<&'p str>,
}

impl<'p> ActClaim<'p> {
    /// `None` when `text`, the value of an `act` that is present and not `null`, identifies no actor.
    pub(crate) fn parse(text: &'p str) -> Option<Self> {
        let mut current = Level::parse(text)?;
        let mut next = current.inner.take();
        let mut prior = Vec::new();
        while let Some(inner) = next {
            if prior.len().saturating_add(1) >= MAX_DEPTH {
                return None;
            }
            let mut level = Level::parse(inner)?;
            next = level.inner.take();
            prior.push(level);
        }
        Some(Self {
            text,
            current,
            prior,
        })
    }

    pub(crate) fn place(&self, strings: &mut Shelf<'p>, token_issuer: &Range<u32>) -> PlacedActor {
        PlacedActor {
            claim: strings.place(&Cow::Borrowed(self.text)),
            token_issuer: token_issuer.clone(),
            current: self.current.place(strings, token_issuer),
            prior: self
                .prior
                .iter()
                .map(|level| level.place(strings, token_issuer))
                .collect(),
        }
    }
}

impl<'p> Level<'p> {
    fn parse(text: &'p str) -> Option<Self> {
        let members = json::parse(text, Members)?;
        let subject = members.subject.text()?.clone();
        let issuer = match members.issuer {
            Json::Absent => None,
            // An empty `iss` is a string; it names no issuer, and so no namespace for the subject.
            Json::String(issuer) => Some(issuer).filter(|issuer| !issuer.is_empty()),
            _ => return None,
        };
        Some(Self {
            subject,
            issuer,
            session_id: members.session_id.text().cloned(),
            kind: kind(&members.kind, &members.profile),
            inner: members.inner.filter(|inner| *inner != "null"),
        })
    }

    fn place(&self, strings: &mut Shelf<'p>, token_issuer: &Range<u32>) -> PlacedLevel {
        PlacedLevel {
            subject: strings.place(&self.subject),
            issuer: self
                .issuer
                .as_ref()
                .map_or_else(|| token_issuer.clone(), |issuer| strings.place(issuer)),
            session_id: self.session_id.as_ref().map(|id| strings.place(id)),
            kind: self.kind,
        }
    }
}

/// An actor whose strings have their place, but not their allocation yet.
pub(crate) struct PlacedActor {
    claim: Range<u32>,
    token_issuer: Range<u32>,
    current: PlacedLevel,
    prior: Vec<PlacedLevel>,
}

struct PlacedLevel {
    subject: Range<u32>,
    issuer: Range<u32>,
    session_id: Option<Range<u32>>,
    kind: ActorKind,
}

impl PlacedActor {
    pub(crate) fn cut(self, source: &Arc<str>) -> Actor {
        let prior = self.prior.into_iter().map(|level| PriorActor {
            subject: cut(source, level.subject),
            issuer: cut(source, level.issuer),
            kind: level.kind,
        });
        Actor {
            subject: cut(source, self.current.subject),
            issuer: cut(source, self.current.issuer),
            token_issuer: cut(source, self.token_issuer),
            session_id: self.current.session_id.map(|id| cut(source, id)),
            kind: self.current.kind,
            claim: cut(source, self.claim),
            // An empty collection would be allocated as well.
            prior: if prior.len() == 0 {
                Arc::default()
            } else {
                prior.collect()
            },
        }
    }
}

fn kind(kind: &Json<'_>, profile: &Json<'_>) -> ActorKind {
    let kind = stated(kind, |kind| match kind {
        "agent" => ActorKind::Agent,
        "human" | "user" => ActorKind::Human,
        _ => ActorKind::Other,
    });
    let profile = stated(profile, |profile| {
        let has = |wanted: &[&str]| profile.split(' ').any(|word| wanted.contains(&word));
        match (has(&["ai_agent"]), has(&["human", "user"])) {
            (true, false) => ActorKind::Agent,
            (false, true) => ActorKind::Human,
            _ => ActorKind::Other,
        }
    });
    match (kind, profile) {
        (None, None) => ActorKind::Human,
        (Some(one), None) | (None, Some(one)) => one,
        (Some(one), Some(other)) if one == other => one,
        _ => ActorKind::Other,
    }
}

/// The kind that one member states; `None` where the member is absent.
fn stated(member: &Json<'_>, kind: impl Fn(&str) -> ActorKind) -> Option<ActorKind> {
    match member {
        Json::Absent | Json::Null => None,
        Json::String(text) => Some(kind(text)),
        _ => Some(ActorKind::Other),
    }
}

#[derive(Default)]
struct LevelMembers<'p> {
    subject: Json<'p>,
    issuer: Json<'p>,
    session_id: Json<'p>,
    kind: Json<'p>,
    profile: Json<'p>,
    inner: Option<&'p str>,
}

struct Members;

impl<'de> DeserializeSeed<'de> for Members {
    type Value = LevelMembers<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = LevelMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an actor")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = LevelMembers::default();
        let mut names = Names::default();
        while let Some(name) = map.next_key_seed(Name)? {
            match &*name {
                "sub" => members.subject = map.next_value_seed(Any::new())?,
                "iss" => members.issuer = map.next_value_seed(Any::new())?,
                "sid" => members.session_id = map.next_value_seed(Any::new())?,
                "type" => members.kind = map.next_value_seed(Any::new())?,
                "sub_profile" => members.profile = map.next_value_seed(Any::new())?,
                "act" => members.inner = Some(map.next_value_seed(Raw)?),
                _ => {
                    map.next_value_seed(Any::new())?;
                }
            }
            names.add(name)?;
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        "{\"sub\":\"a\",\"act\":".repeat(depth.saturating_sub(1))
            + "{\"sub\":\"a\"}"
            + &"}".repeat(depth.saturating_sub(1))
    }

    #[test]
    fn only_an_object_with_a_subject_is_an_actor() {
        for text in [
            "\"admin\"",
            "\"\"",
            "true",
            "false",
            "0",
            "1",
            "[]",
            "[\"admin\"]",
            "{}",
            "{\"sub\":\"\"}",
            "{\"sub\":null}",
            "{\"sub\":7}",
            "{\"sub\":[\"admin\"]}",
            "{\"Sub\":\"admin\"}",
            "{\"sub\":\"admin\",\"iss\":7}",
            "{\"sub\":\"admin\",\"iss\":null}",
            "{\"sub\":\"admin\",\"sub\":\"user_1\"}",
            "{\"sub\":\"admin\",\"x\":{\"a\":1,\"a\":1}}",
            "{\"sub\":\"admin\",\"act\":{}}",
            "{\"sub\":\"admin\",\"act\":\"other\"}",
            "{\"sub\":\"admin\",\"act\":false}",
            "{\"sub\":\"admin\",\"act\":[\"other\"]}",
            "{\"sub\":\"admin\",\"act\":{\"sub\":\"b\",\"act\":{\"sub\":1}}}",
        ] {
            assert!(ActClaim::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn eight_deep_is_the_limit() {
        assert_eq!(ActClaim::parse(&nested(8)).unwrap().prior.len(), 7);
        assert!(ActClaim::parse(&nested(9)).is_none());
        assert!(ActClaim::parse(&nested(5000)).is_none());
    }

    #[test]
    fn a_nested_null_ends_the_chain() {
        assert_eq!(
            ActClaim::parse("{\"sub\":\"a\",\"act\":null}")
                .unwrap()
                .prior
                .len(),
            0
        );
    }

    #[test]
    fn an_agent_is_one_by_every_word_that_is_said() {
        for (text, expected) in [
            ("{\"sub\":\"a\"}", ActorKind::Human),
            ("{\"sub\":\"a\",\"type\":\"agent\"}", ActorKind::Agent),
            (
                "{\"sub\":\"a\",\"sub_profile\":\"ai_agent\"}",
                ActorKind::Agent,
            ),
            ("{\"sub\":\"a\",\"sub_profile\":\"user\"}", ActorKind::Human),
            (
                "{\"sub\":\"a\",\"sub_profile\":\"human\"}",
                ActorKind::Human,
            ),
            (
                "{\"sub\":\"a\",\"sub_profile\":\"service\"}",
                ActorKind::Other,
            ),
            (
                "{\"sub\":\"a\",\"sub_profile\":\"service ai_agent\"}",
                ActorKind::Agent,
            ),
            (
                "{\"sub\":\"a\",\"sub_profile\":\"user ai_agent\"}",
                ActorKind::Other,
            ),
            ("{\"sub\":\"a\",\"sub_profile\":\"\"}", ActorKind::Other),
            ("{\"sub\":\"a\",\"type\":\"Agent\"}", ActorKind::Other),
            (
                "{\"sub\":\"a\",\"type\":\"support agent\"}",
                ActorKind::Other,
            ),
            ("{\"sub\":\"a\",\"type\":[\"agent\"]}", ActorKind::Other),
            (
                "{\"sub\":\"a\",\"type\":\"agent\",\"sub_profile\":\"human\"}",
                ActorKind::Other,
            ),
            (
                "{\"sub\":\"a\",\"type\":\"agent\",\"sub_profile\":\"ai_agent\"}",
                ActorKind::Agent,
            ),
        ] {
            assert_eq!(
                ActClaim::parse(text).unwrap().current.kind,
                expected,
                "{text}"
            );
        }
    }
}
