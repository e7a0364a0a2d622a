//! Who acts: the `act` claim (RFC 8693 §4.1).

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::claims::Raw;
use crate::json::{self, Any, Json, Name, Names};
use crate::text::{Shelf, Text, cut};

/// How many actors one inside the other a token may name.
const MAX_DEPTH: usize = 8;

/// Who is at the keyboard of an impersonated session: the outermost `act` of its token.
///
/// An actor is identified by token issuer, actor issuer and subject. The subject is opaque: one issuer puts a user id
/// there, another an e-mail address, a third `cli:` and an e-mail address.
///
/// It serialises as the `act` claim came.
#[derive(Clone)]
#[non_exhaustive]
pub struct Actor {
    /// `act.sub`: the actor, in the namespace of its issuer. Never empty.
    pub subject: Text,
    /// `act.iss`, or the token's issuer where `act` names none.
    pub issuer: Text,
    /// `act.sid`, where it is a non-empty string. Issuers do not agree on what it names: show it, do not build on it.
    pub session_id: Option<Text>,
    /// Human, agent, or something else.
    pub kind: ActorKind,
    claim: Text,
    prior: Arc<[PriorActor]>,
}

impl Actor {
    /// The actors before this one, the most recent first: at most seven, for display and audit.
    ///
    /// Who may do what is never theirs to say (RFC 8693 §4.1), so they are of another type than [`Actor`].
    #[must_use]
    pub fn prior(&self) -> &[PriorActor] {
        &self.prior
    }

    /// Reads the `act` claim, with whatever else it carries (a reason, a ticket), as a type of the application.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`] when the claim does not have the shape of `T`.
    pub fn claims<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ClaimsError> {
        read(&self.claim)
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor")
            .field("subject", &self.subject)
            .field("issuer", &self.issuer)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claim: serde_json::Value =
            serde_json::from_str(&self.claim).map_err(serde::ser::Error::custom)?;
        claim.serialize(serializer)
    }
}

/// An actor before the current one, for display and audit only.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PriorActor {
    /// `sub` of the nested `act`.
    pub subject: Text,
    /// `iss` of the nested `act`, or the token's issuer where it names none.
    pub issuer: Text,
    /// Human, agent, or something else.
    pub kind: ActorKind,
}

/// What kind of actor acts.
///
/// An agent is `"type": "agent"` (Clerk) or has `ai_agent` among the words of its `sub_profile` (Auth0); an actor of no
/// stated kind is human; one of a kind unknown here, or of two kinds at once, is [`Other`](Self::Other).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ActorKind {
    /// A person.
    Human,
    /// A program that acts on its own for the user.
    Agent,
    /// Anything else: a service, a device, a kind to come.
    Other,
}

/// Claims that do not have the shape asked for.
///
/// It tells where in the claims reading stopped, and holds none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimsError {
    column: usize,
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the claims do not have the requested shape at byte {}",
            self.column
        )
    }
}

impl std::error::Error for ClaimsError {}

pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ClaimsError> {
    serde_json::from_str(text).map_err(|error| ClaimsError {
        column: error.column(),
    })
}

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
            session_id: self.current.session_id.map(|id| cut(source, id)),
            kind: self.current.kind,
            claim: cut(source, self.claim),
            prior: prior.collect(),
        }
    }
}

fn kind(kind: &Json<'_>, profile: &Json<'_>) -> ActorKind {
    match (stated(kind, "agent"), stated(profile, "ai_agent")) {
        (None, None) => ActorKind::Human,
        (Some(one), None) | (None, Some(one)) => one,
        (Some(one), Some(other)) if one == other => one,
        _ => ActorKind::Other,
    }
}

/// The kind that one member states, in words separated by spaces; `None` where the member is absent.
fn stated(member: &Json<'_>, agent: &str) -> Option<ActorKind> {
    let words = match member {
        Json::Absent | Json::Null => return None,
        Json::String(words) => words,
        _ => return Some(ActorKind::Other),
    };
    let is_agent = words.split(' ').any(|word| word == agent);
    let is_human = words
        .split(' ')
        .any(|word| word == "human" || word == "user");
    Some(match (is_agent, is_human) {
        (true, false) => ActorKind::Agent,
        (false, true) => ActorKind::Human,
        _ => ActorKind::Other,
    })
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
                "sub" => members.subject = map.next_value_seed(Any)?,
                "iss" => members.issuer = map.next_value_seed(Any)?,
                "sid" => members.session_id = map.next_value_seed(Any)?,
                "type" => members.kind = map.next_value_seed(Any)?,
                "sub_profile" => members.profile = map.next_value_seed(Any)?,
                "act" => members.inner = Some(map.next_value_seed(Raw)?),
                _ => {
                    map.next_value_seed(Any)?;
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
