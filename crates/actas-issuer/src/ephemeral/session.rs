use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::kit::Kit;
use crate::session::{ActorClaim, OrganizationClaim, SessionClaims};

/// Seconds by which a time is missed: more than any leeway.
const FAR: u64 = 600;

/// A session of a test, to be made into tokens.
///
/// As it is made it is a good one, of 30 minutes, in which nobody acts for the user. Nothing is checked here: whether a
/// token is taken is the verifier's to say, and the test's to see.
#[derive(Clone, Debug)]
#[must_use]
pub struct TestSession {
    kit: Arc<Kit>,
    claims: SessionClaims,
    actor: Option<ActorClaim>,
    prior: Vec<ActorClaim>,
    times: Times,
    issuer: Option<String>,
    changed: Map<String, Value>,
    removed: Vec<String>,
    signed_by_another: bool,
}

#[derive(Clone, Copy, Debug)]
enum Times {
    Good,
    Expired,
    NotYetValid,
    IssuedInFuture,
}

impl TestSession {
    pub(super) fn new(kit: Arc<Kit>, user_id: String) -> Self {
        let session_id = format!("sess_{}", kit.number());
        Self {
            claims: SessionClaims::new(user_id, session_id),
            kit,
            actor: None,
            prior: Vec::new(),
            times: Times::Good,
            issuer: None,
            changed: Map::new(),
            removed: Vec::new(),
            signed_by_another: false,
        }
    }

    /// A person acts as the user.
    pub fn acted_by(self, subject: impl Into<String>) -> Self {
        self.with_actor(ActorClaim::new(subject))
    }

    /// An agent acts as the user.
    pub fn acted_by_agent(self, subject: impl Into<String>) -> Self {
        self.with_actor(ActorClaim::agent(subject))
    }

    /// Who acts as the user, with whatever else their claim says.
    pub fn with_actor(mut self, actor: ActorClaim) -> Self {
        self.actor = Some(actor);
        self
    }

    /// Who acted before the actor, and before those named before. Without an actor it changes nothing.
    pub fn with_prior_actor(mut self, subject: impl Into<String>) -> Self {
        self.prior.push(ActorClaim::new(subject));
        self
    }

    /// The token ended ten minutes ago.
    pub fn expired(mut self) -> Self {
        self.times = Times::Expired;
        self
    }

    /// The token begins in ten minutes (`nbf`).
    pub fn not_yet_valid(mut self) -> Self {
        self.times = Times::NotYetValid;
        self
    }

    /// The token is issued in ten minutes (`iat`).
    pub fn issued_in_future(mut self) -> Self {
        self.times = Times::IssuedInFuture;
        self
    }

    /// How long the token lives, in whole seconds.
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        self.with_claims(|claims| claims.with_lifetime(lifetime))
    }

    /// For whom the token is (`aud`).
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        self.with_claims(|claims| claims.with_audience(audience))
    }

    /// Another issuer than the one whose key signs it (`iss`).
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// To whom the token is issued (`azp`).
    pub fn with_authorized_party(self, party: impl Into<String>) -> Self {
        self.with_claims(|claims| claims.with_authorized_party(party))
    }

    /// The session (`sid`). By default, each has one of its own.
    pub fn with_session_id(self, session_id: impl Into<String>) -> Self {
        self.with_claims(|claims| claims.with_session_id(session_id))
    }

    /// The organisation that the session is active in, the user's role there, and what they may do (`invoices:read`). A
    /// permission of another form grants nothing.
    pub fn with_organization<P: Into<String>>(
        self,
        id: impl Into<String>,
        role: impl Into<String>,
        permissions: impl IntoIterator<Item = P>,
    ) -> Self {
        let organization = OrganizationClaim::new(id)
            .with_role(role)
            .with_permissions(permissions);
        self.with_claims(|claims| claims.with_organization(organization))
    }

    /// Features with their scope, `u:dashboard` (`fea`).
    pub fn with_features<F: Into<String>>(self, features: impl IntoIterator<Item = F>) -> Self {
        self.with_claims(|claims| claims.with_features(features))
    }

    /// Plans with their scope, `o:pro` (`pla`).
    pub fn with_plans<P: Into<String>>(self, plans: impl IntoIterator<Item = P>) -> Self {
        self.with_claims(|claims| claims.with_plans(plans))
    }

    /// The user has tasks to complete before they count as signed in.
    pub fn pending(self) -> Self {
        self.with_claims(SessionClaims::pending)
    }

    /// Minutes since the user last proved the first and the second factor (`fva`); `None` for one that never was.
    pub fn with_factor_age(self, first: Option<u32>, second: Option<u32>) -> Self {
        self.with_claims(|claims| claims.with_factor_age(first, second))
    }

    /// Any claim, in place of whatever stands there: one of the application's own, or one that a verifier is to refuse.
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.changed.insert(name.into(), value.into());
        self
    }

    /// Takes a claim away.
    pub fn without_claim(mut self, name: impl Into<String>) -> Self {
        self.removed.push(name.into());
        self
    }

    /// The token names the issuer's key and is signed by another: a forgery.
    pub fn signed_by_another_key(mut self) -> Self {
        self.signed_by_another = true;
        self
    }

    /// A token of the session, which begins now.
    ///
    /// # Panics
    ///
    /// When the keys that signed before can sign no longer.
    #[must_use]
    pub fn token(&self) -> String {
        let now = self.kit.now();
        let mut claims = self.claims.clone();
        if let Some(actor) = &self.actor {
            let prior = self.prior.iter().cloned();
            claims = claims.with_actor(prior.fold(actor.clone(), ActorClaim::with_prior_actor));
        }
        let issuer = self.issuer.as_deref().unwrap_or(&self.kit.url);
        let token_id = format!("token_{}", self.kit.number());
        let mut claims = claims.unchecked(issuer, now, &token_id);

        let (past, future) = (now.saturating_sub(FAR), now.saturating_add(FAR));
        let times: &[(&str, u64)] = match self.times {
            Times::Good => &[],
            Times::Expired => &[("iat", past), ("nbf", past), ("exp", past)],
            Times::NotYetValid => &[("nbf", future)],
            Times::IssuedInFuture => &[("iat", future)],
        };
        claims.extend(
            times
                .iter()
                .map(|(name, time)| ((*name).to_owned(), (*time).into())),
        );
        claims.extend(self.changed.clone());
        claims.retain(|name, _| !self.removed.contains(name));
        self.kit
            .sign(&Value::from(claims).to_string(), self.signed_by_another)
    }

    /// The value of an `Authorization` header with a token of the session.
    ///
    /// # Panics
    ///
    /// As [`Self::token`].
    #[must_use]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token())
    }

    fn with_claims(mut self, change: impl FnOnce(SessionClaims) -> SessionClaims) -> Self {
        self.claims = change(self.claims);
        self
    }
}
