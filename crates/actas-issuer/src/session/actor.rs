use actas_core::{Actor, ActorKind, Direct};
use serde_json::{Map, Value};

use super::error::MintError;

/// Actors that may stand one inside the other, as a verifier reads them.
const MAX_DEPTH: usize = 8;

/// Members of `act` that mean something to a verifier.
const RESERVED: [&str; 6] = ["sub", "iss", "sid", "type", "sub_profile", "act"];

/// Who acts as the user: the `act` claim of a token (RFC 8693 §4.1).
///
/// ```
/// use actas_issuer::ActorClaim;
///
/// let actor = ActorClaim::new("admin_1")
///     .with_issuer("https://login.example.com")
///     .with_claim("reason", "cannot see their invoice");
/// ```
///
/// An admin's own verified session makes one as well: `ActorClaim::from(&direct)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorClaim {
    subject: String,
    issuer: Option<String>,
    session_id: Option<String>,
    kind: Option<&'static str>,
    claims: Map<String, Value>,
    prior: Option<Box<Self>>,
}

impl ActorClaim {
    /// The actor whose `sub` is `subject`, a person.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            issuer: None,
            session_id: None,
            kind: None,
            claims: Map::new(),
            prior: None,
        }
    }

    /// The program whose `sub` is `subject`, which acts on its own for the user (`type: agent`).
    pub fn agent(subject: impl Into<String>) -> Self {
        Self {
            kind: Some("agent"),
            ..Self::new(subject)
        }
    }

    /// Whose subject the actor is (`iss`). By default, the token's issuer's.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The actor's own session (`sid`). By default, none is named.
    #[must_use]
    pub fn with_session_id(mut self, session_id: impl Into<String>) -> Self {
        self.session_id = Some(session_id.into());
        self
    }

    /// A free member, such as a reason or a ticket. By default, there is none.
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Who acted before, innermost: for display and audit alone (RFC 8693 §4.1). By default, nobody.
    #[must_use]
    pub fn with_prior_actor(mut self, prior: Self) -> Self {
        self.prior = Some(Box::new(match self.prior.take() {
            None => prior,
            Some(nearer) => nearer.with_prior_actor(prior),
        }));
        self
    }

    /// Whether a verifier takes it.
    pub(super) fn check(&self) -> Result<(), MintError> {
        let actors = || std::iter::successors(Some(self), |actor| actor.prior.as_deref());
        if actors().count() > MAX_DEPTH {
            return Err(MintError::ActorDepth);
        }
        actors().try_for_each(Self::check_alone)
    }

    fn check_alone(&self) -> Result<(), MintError> {
        if self.subject.is_empty() {
            return Err(MintError::Claim("act.sub"));
        }
        let is_empty = |value: &Option<String>| value.as_ref().is_some_and(String::is_empty);
        if is_empty(&self.issuer) {
            return Err(MintError::Claim("act.iss"));
        }
        if is_empty(&self.session_id) {
            return Err(MintError::Claim("act.sid"));
        }
        match self
            .claims
            .keys()
            .find(|name| RESERVED.contains(&name.as_str()))
        {
            Some(name) => Err(MintError::Reserved(name.clone())),
            None => Ok(()),
        }
    }

    /// The claim as it stands, whether or not a verifier would take it.
    pub(crate) fn value(&self) -> Value {
        let mut members = self.claims.clone();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        set("sub", Some(self.subject.as_str().into()));
        set("iss", self.issuer.as_deref().map(Value::from));
        set("sid", self.session_id.as_deref().map(Value::from));
        set("type", self.kind.map(Value::from));
        set("act", self.prior.as_deref().map(Self::value));
        members.into()
    }
}

/// The user of a session that nobody else acts in, as the actor of another.
impl From<&Direct> for ActorClaim {
    fn from(direct: &Direct) -> Self {
        Self {
            session_id: direct.session_id.as_ref().map(ToString::to_string),
            ..Self::new(&*direct.user_id).with_issuer(&*direct.issuer)
        }
    }
}

/// The actor of a verified token, and those before it, in another issuer's token: their issuers are named. What else the
/// claim carried is left out.
impl From<&Actor> for ActorClaim {
    fn from(actor: &Actor) -> Self {
        let claim = |subject: &str, issuer: &str, kind| Self {
            kind: match kind {
                ActorKind::Human => None,
                ActorKind::Agent => Some("agent"),
                _ => Some("other"),
            },
            ..Self::new(subject).with_issuer(issuer)
        };
        let outermost = Self {
            session_id: actor.session_id.as_ref().map(ToString::to_string),
            ..claim(&actor.subject, &actor.issuer, actor.kind)
        };
        let prior = actor.prior().iter();
        prior.fold(outermost, |claims, prior| {
            claims.with_prior_actor(claim(&prior.subject, &prior.issuer, prior.kind))
        })
    }
}
