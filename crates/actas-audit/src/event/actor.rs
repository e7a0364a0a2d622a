use serde::{Deserialize, Serialize};

use crate::cap;

/// Who acted, as the record holds it: by value, so that it outlives the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedActor {
    /// `act.iss`, or the token's issuer where `act` named none.
    pub issuer: String,
    /// `iss` of the token.
    pub token_issuer: String,
    /// `act.sub`.
    pub subject: String,
    /// Human, agent, or something else.
    pub kind: RecordedActorKind,
    /// `act.sid`.
    pub session_id: Option<String>,
    /// The actors before this one, the most recent first: at most 32.
    pub prior: Vec<RecordedPriorActor>,
}

/// An actor before the current one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPriorActor {
    /// `iss` of the nested `act`, or the token's issuer where it named none.
    pub issuer: String,
    /// `sub` of the nested `act`.
    pub subject: String,
    /// Human, agent, or something else.
    pub kind: RecordedActorKind,
}

/// What kind of actor acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedActorKind {
    /// A person.
    Human,
    /// A program that acts on its own for the user.
    Agent,
    /// Anything else.
    Other,
}

impl RecordedActorKind {
    /// As it stands in a record.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Agent => "agent",
            Self::Other => "other",
        }
    }
}

impl RecordedActor {
    pub(super) fn cap(&mut self) {
        cap::text(&mut self.issuer, cap::ID);
        cap::text(&mut self.token_issuer, cap::ID);
        cap::text(&mut self.subject, cap::ID);
        cap::optional(&mut self.session_id, cap::ID);
        cap::list(&mut self.prior, || RecordedPriorActor {
            issuer: cap::LIST_CUT.to_owned(),
            subject: cap::LIST_CUT.to_owned(),
            kind: RecordedActorKind::Other,
        });
        for prior in &mut self.prior {
            cap::text(&mut prior.issuer, cap::ID);
            cap::text(&mut prior.subject, cap::ID);
        }
    }
}
