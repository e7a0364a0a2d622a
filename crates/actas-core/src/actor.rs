//! Who acts: the `act` claim (RFC 8693 §4.1).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::json;
use crate::text::Text;

/// Who is at the keyboard of an impersonated session: the outermost `act` of its token.
///
/// An actor is identified by token issuer, actor issuer and subject. The subject is opaque: one issuer puts a user id
/// there, another an e-mail address, a third `cli:` and an e-mail address.
///
/// It serialises as the object that the `act` claim is, with all its members.
#[derive(Clone)]
#[non_exhaustive]
pub struct Actor {
    /// `act.sub`: the actor, in the namespace of its issuer. Never empty.
    pub subject: Text,
    /// `act.iss`, or the token's issuer where `act` names none.
    pub issuer: Text,
    /// `iss` of the token: who says that this actor acts.
    pub token_issuer: Text,
    /// `act.sid`, where it is a non-empty string. Issuers do not agree on what it names: show it, do not build on it.
    pub session_id: Option<Text>,
    /// Human, agent, or something else.
    pub kind: ActorKind,
    pub(crate) claim: Text,
    pub(crate) prior: Arc<[PriorActor]>,
}

impl Actor {
    /// The actors before this one, the most recent first: at most seven, for display and audit.
    ///
    /// Who may do what is never theirs to say (RFC 8693 §4.1), so they are of another type than [`Actor`].
    #[must_use]
    pub fn prior(&self) -> &[PriorActor] {
        &self.prior
    }

    /// The actor, unique over all issuers of tokens and of actors: compare by it, not by the subject alone.
    #[must_use]
    pub fn key(&self) -> ActorKey<'_> {
        ActorKey {
            token_issuer: &self.token_issuer,
            issuer: &self.issuer,
            subject: &self.subject,
        }
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
        // Through a tree, since serde_json's own verbatim text is none in another format. It has names for numbers and
        // texts of its own, and stumbles where a claim uses them: then they are names like any other.
        serde_json::from_str(&self.claim)
            .ok()
            .or_else(|| json::value_with_unique_names(&self.claim))
            .ok_or_else(|| serde::ser::Error::custom("a number in `act` cannot be told"))?
            .serialize(serializer)
    }
}

/// An actor, unique over all issuers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ActorKey<'a> {
    /// `iss` of the token.
    pub token_issuer: &'a str,
    /// `act.iss`, or the token's issuer where `act` names none.
    pub issuer: &'a str,
    /// `act.sub`.
    pub subject: &'a str,
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

impl ActorKind {
    /// The name of the kind, as it is serialised.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Agent => "agent",
            Self::Other => "other",
        }
    }
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
