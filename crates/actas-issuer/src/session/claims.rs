use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::actor::ActorClaim;
use super::error::MintError;
use super::organization::{OrganizationClaim, is_item};
use crate::key::{KeyError, MAX_TOKEN_SECONDS};

/// Seconds for which a session lives where nothing else is said: half an hour.
const LIFETIME: u64 = 1800;
/// Seconds that a verifier's clock may be behind, beside its leeway.
const NOT_BEFORE: u64 = 10;
/// The claims that are written here or that a verifier reads.
const RESERVED: [&str; 20] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "sid",
    "azp",
    "sts",
    "act",
    "fva",
    "v",
    "o",
    "fea",
    "pla",
    "org_id",
    "org_slug",
    "org_role",
    "org_permissions",
];

/// What a session token says, in the shape of version 2 of Clerk's session tokens: the issuer adds `iss`, `jti`, `v` and the
/// times.
///
/// ```
/// use std::time::Duration;
///
/// use actas_issuer::{ActorClaim, SessionClaims};
///
/// let claims = SessionClaims::new("user_1", "sess_1")
///     .with_actor(ActorClaim::new("admin_1"))
///     .with_lifetime(Duration::from_secs(600));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SessionClaims {
    user_id: String,
    session_id: String,
    actor: Option<ActorClaim>,
    lifetime: u64,
    audiences: Vec<String>,
    authorized_party: Option<String>,
    is_pending: bool,
    factor_age: Option<[Option<u32>; 2]>,
    organization: Option<OrganizationClaim>,
    features: Vec<String>,
    plans: Vec<String>,
    custom: Map<String, Value>,
}

impl SessionClaims {
    /// The session `session_id` (`sid`) of the user `user_id` (`sub`), in which nobody acts for them.
    pub fn new(user_id: impl Into<String>, session_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            session_id: session_id.into(),
            actor: None,
            lifetime: LIFETIME,
            audiences: Vec::new(),
            authorized_party: None,
            is_pending: false,
            factor_age: None,
            organization: None,
            features: Vec::new(),
            plans: Vec::new(),
            custom: Map::new(),
        }
    }

    /// Who acts as the user (`act`). By default, nobody does.
    #[must_use]
    pub fn with_actor(mut self, actor: ActorClaim) -> Self {
        self.actor = Some(actor);
        self
    }

    /// How long the token lives, in whole seconds: from 1 second to a day. By default, 30 minutes.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.as_secs();
        self
    }

    /// The session it is for (`sid`), in place of the one named before.
    #[must_use]
    pub fn with_session_id(mut self, session_id: impl Into<String>) -> Self {
        self.session_id = session_id.into();
        self
    }

    /// For whom the token is (`aud`). By default, no audience is named, which is what a verifier expects that is told none.
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        self.with_audiences([audience])
    }

    /// For whom the token is (`aud`). By default, no audience is named.
    #[must_use]
    pub fn with_audiences<A: Into<String>>(
        mut self,
        audiences: impl IntoIterator<Item = A>,
    ) -> Self {
        self.audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// To whom the token is issued (`azp`): the origin of a front end. By default, it is not named.
    #[must_use]
    pub fn with_authorized_party(mut self, party: impl Into<String>) -> Self {
        self.authorized_party = Some(party.into());
        self
    }

    /// The user has tasks to complete before they count as signed in (`sts: pending`). By default, `sts` is `active`.
    #[must_use]
    pub fn pending(mut self) -> Self {
        self.is_pending = true;
        self
    }

    /// Minutes since the user last proved the first and the second factor (`fva`); `None` for one that never was. By default,
    /// the token does not say.
    #[must_use]
    pub fn with_factor_age(mut self, first: Option<u32>, second: Option<u32>) -> Self {
        self.factor_age = Some([first, second]);
        self
    }

    /// The organisation that the session is active in (`o`). By default, none.
    #[must_use]
    pub fn with_organization(mut self, organization: OrganizationClaim) -> Self {
        self.organization = Some(organization);
        self
    }

    /// The features that the user (`u:dashboard`) or the organisation (`o:dashboard`) has (`fea`). By default, those that
    /// permissions are named for.
    #[must_use]
    pub fn with_features<F: Into<String>>(mut self, features: impl IntoIterator<Item = F>) -> Self {
        self.features = features.into_iter().map(Into::into).collect();
        self
    }

    /// The plans that the user (`u:pro`) or the organisation (`o:pro`) is on (`pla`). By default, none.
    #[must_use]
    pub fn with_plans<P: Into<String>>(mut self, plans: impl IntoIterator<Item = P>) -> Self {
        self.plans = plans.into_iter().map(Into::into).collect();
        self
    }

    /// A claim of the application's own. One that the issuer writes, or a verifier reads, is an error when the token is minted.
    /// By default, there is none.
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.custom.insert(name.into(), value.into());
        self
    }

    /// The same of a session of this user in which `actor` acts: nothing that was set before stands against it, and no proof of
    /// who the user is comes with it.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn acted(
        self,
        user_id: &str,
        session_id: &str,
        actor: ActorClaim,
        lifetime: u64,
    ) -> Self {
        Self {
            user_id: user_id.to_owned(),
            session_id: session_id.to_owned(),
            actor: Some(actor),
            lifetime,
            factor_age: None,
            ..self
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn organization_id(&self) -> Option<&str> {
        self.organization.as_ref().map(OrganizationClaim::id)
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn authorized_party(&self) -> Option<&str> {
        self.authorized_party.as_deref()
    }

    /// The claims of a token that `issuer` issues at `now`, if a verifier would take it.
    pub(crate) fn checked(&self, issuer: &str, now: u64) -> Result<Map<String, Value>, MintError> {
        if self.user_id.is_empty() || self.user_id.contains('\0') {
            return Err(MintError::Claim("sub"));
        }
        let is_empty = |values: &[String]| values.iter().any(String::is_empty);
        for (name, is_bad) in [
            ("sid", self.session_id.is_empty()),
            ("aud", is_empty(&self.audiences)),
            ("azp", is_empty(self.authorized_party.as_slice())),
            ("fea", !self.features.iter().all(|item| is_scoped(item))),
            ("pla", !self.plans.iter().all(|item| is_scoped(item))),
        ] {
            if is_bad {
                return Err(MintError::Claim(name));
            }
        }
        if !(1..=MAX_TOKEN_SECONDS).contains(&self.lifetime) {
            return Err(MintError::Lifetime);
        }
        if let Some(name) = self
            .custom
            .keys()
            .find(|name| RESERVED.contains(&name.as_str()))
        {
            return Err(MintError::Reserved(name.clone()));
        }
        if let Some(organization) = &self.organization {
            organization.check()?;
        }
        if let Some(actor) = &self.actor {
            actor.check()?;
        }
        let mut id = [0; 16];
        rand::fill(&mut id).map_err(|_| MintError::Key(KeyError::NoRandomness))?;
        Ok(self.unchecked(issuer, now, &URL_SAFE_NO_PAD.encode(id)))
    }

    /// The claims as they stand, whether or not a verifier would take them. `token_id` is the token's `jti`.
    pub(crate) fn unchecked(&self, issuer: &str, now: u64, token_id: &str) -> Map<String, Value> {
        let mut features = self.features.clone();
        let organization = self.organization.as_ref();
        let organization = organization.map(|organization| organization.claim(&mut features));

        let mut claims = self.custom.clone();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value);
            }
        };
        set("v", Some(2.into()));
        set("iss", Some(issuer.into()));
        set("sub", Some(self.user_id.as_str().into()));
        set("sid", Some(self.session_id.as_str().into()));
        set("jti", Some(token_id.into()));
        set("iat", Some(now.into()));
        set("nbf", Some(now.saturating_sub(NOT_BEFORE).into()));
        set("exp", Some(now.saturating_add(self.lifetime).into()));
        set("act", self.actor.as_ref().map(ActorClaim::value));
        set("aud", one_or_many(&self.audiences));
        set("azp", self.authorized_party.as_deref().map(Value::from));
        let status = if self.is_pending { "pending" } else { "active" };
        set("sts", Some(status.into()));
        let minutes = |age: Option<u32>| age.map_or(-1, i64::from);
        set("fva", self.factor_age.map(|ages| json!(ages.map(minutes))));
        set("o", organization);
        set("fea", list(&features));
        set("pla", list(&self.plans));
        claims
    }
}

fn one_or_many(values: &[String]) -> Option<Value> {
    match values {
        [] => None,
        [one] => Some(one.as_str().into()),
        many => Some(many.into()),
    }
}

fn list(items: &[String]) -> Option<Value> {
    (!items.is_empty()).then(|| items.join(",").into())
}

/// A feature or a plan with its scope.
fn is_scoped(item: &str) -> bool {
    let parts = item.split_once(':');
    parts.is_some_and(|(scope, name)| matches!(scope, "o" | "u" | "uo" | "ou") && is_item(name))
}
