//! What a handler sees: who the user is, and who acts as them.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use crate::actor::{Actor, ClaimsError, read};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::organization::{Organization, grants};
use crate::record::Record;
use crate::refusal::Refusals;
use crate::text::Text;
use crate::user_ids::UserIds;

/// A verified session: what lies in the extensions of an authenticated request.
///
/// ```
/// # fn handler(auth: &actas_core::Auth) {
/// match &auth.actor {
///     Some(actor) => println!("{} acts as {}", actor.subject, auth.user_id),
///     None => println!("{}", auth.user_id),
/// }
/// # }
/// ```
///
/// Only a verifier's outcome builds it and nothing changes it. Cloning costs one reference count. Everything it knows
/// is read through [`Session`], to which it derefs.
#[derive(Clone, Debug)]
pub struct Auth {
    session: Arc<Session>,
    /// The open record of the request, where the session is impersonated and requests are recorded.
    record: Option<Arc<Record>>,
}

impl Auth {
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session: Arc::new(session),
            record: None,
        }
    }

    /// The same session, in a request that is recorded.
    pub(crate) fn recorded(&self, record: Arc<Record>) -> Self {
        Self {
            session: Arc::clone(&self.session),
            record: Some(record),
        }
    }

    pub(crate) fn record(&self) -> Option<&Record> {
        self.record.as_deref()
    }

    /// The record, to write into it from elsewhere.
    pub(crate) fn shared_record(&self) -> Option<&Arc<Record>> {
        self.record.as_ref()
    }

    /// Whether both are the outcome of one verification.
    pub(crate) fn is_same_session(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.session, &other.session)
    }

    /// Bytes that the session keeps in memory, as long as nothing more was decoded of it.
    pub(crate) fn bytes(&self) -> usize {
        const COUNTS: usize = 2 * size_of::<usize>();
        let prior = self
            .actor
            .as_ref()
            .map_or(0, |actor| size_of_val(actor.prior()));
        size_of::<Session>()
            .saturating_add(self.session.issuer.source_len())
            .saturating_add(prior)
            .saturating_add(2 * COUNTS)
    }

    /// The proof that nobody acts as the user; `None` for an impersonated session.
    #[must_use]
    pub fn direct(&self) -> Option<Direct> {
        self.actor.is_none().then(|| Direct(self.clone()))
    }

    /// The proof that nobody acts as the user.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ImpersonationDenied`] for an impersonated session. Its record then says that the rule `direct` refused
    /// the request, unless it ends with a status below 400: then the handler went on without the proof, and the rule only
    /// reported. Of a gRPC call it is `grpc-status` that tells, in the response's head or trailers: 0, or none at all where a
    /// response broke off, is below 400. To look without refusing, call [`Self::direct`].
    pub fn require_direct(&self) -> Result<Direct, Error> {
        self.direct().ok_or_else(|| {
            if let Some(record) = self.record() {
                record.deny_proof();
            }
            ErrorKind::ImpersonationDenied.into()
        })
    }

    /// Adds something to the record of this request: `auth.note("invoice", id)`.
    ///
    /// It does nothing for a direct session, nor where requests are not recorded. A request takes 32 notes, until its response
    /// has ended; a further one is not recorded, and a line in the log says so. A name of more than 64 bytes, and a value of
    /// more than 1,024, is cut and ends with `…[cut]`. What runs after the response is attributed by [`Self::audit_context`].
    pub fn note(&self, name: impl Into<String>, value: impl fmt::Display) {
        if let Some(record) = self.record() {
            record.note(name.into(), value.to_string());
        }
    }

    /// How the application that verified this session words its refusals.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.session.shared.refusals
    }
}

impl Deref for Auth {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// What is known of a verified session.
#[non_exhaustive]
pub struct Session {
    /// `sub`: the user, unique within [`issuer`](Self::issuer). Never empty, and without NUL (U+0000).
    pub user_id: Text,
    /// `act`: who acts as the user. `Some` exactly when somebody else is at the keyboard.
    pub actor: Option<Actor>,
    /// `iss`: whose user this is.
    pub issuer: Text,
    /// `sid`: the session.
    pub session_id: Option<Text>,
    /// `azp`: to whom the token was issued. At Clerk the origin of the front end, elsewhere a client id.
    pub authorized_party: Option<Text>,
    /// `exp`: when the token ends, in whole seconds since the Unix epoch.
    pub expires_at: i64,
    /// `iat`: when the token was issued, in whole seconds since the Unix epoch.
    pub issued_at: Option<i64>,
    /// `jti`: a range of the allocation that all of its strings share.
    pub(crate) token_id: Option<Range<u32>>,
    pub(crate) pending: bool,
    /// Bytes of the claims, which stand at the front of that allocation.
    pub(crate) claims_len: u32,
    pub(crate) leeway: u32,
    pub(crate) shared: Arc<Shared>,
    pub(crate) organization: OnceLock<Option<Box<Organization>>>,
}

/// What every session of a verifier refers to.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) refusals: Refusals,
    pub(crate) user_ids: UserIds,
}

impl Session {
    /// Whether somebody else, human or agent, is at the keyboard.
    #[must_use]
    pub fn is_impersonated(&self) -> bool {
        self.actor.is_some()
    }

    /// When the verifier stops taking the token: its expiry and the leeway, in whole seconds since the Unix epoch.
    #[must_use]
    pub fn ends_at(&self) -> i64 {
        self.expires_at.saturating_add_unsigned(self.leeway.into())
    }

    /// Whether the session has tasks to complete before it counts as signed in (`sts: pending` at Clerk).
    ///
    /// Always `false` unless the verifier was told to take such sessions.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending
    }

    /// How long ago the user last proved who they are (`fva` at Clerk); `None` where the token does not say.
    #[must_use]
    pub fn factor_verification_age(&self) -> Option<FactorVerificationAge> {
        #[derive(Deserialize)]
        struct Fva {
            fva: Option<[i64; 2]>,
        }
        let [first, second] = self.claims::<Fva>().ok()?.fva?;
        Some(FactorVerificationAge {
            first: u32::try_from(first).ok(),
            second: u32::try_from(second).ok(),
        })
    }

    /// The organisation that the session is active in, in the form of Clerk's session tokens.
    ///
    /// Decoded at the first call.
    #[must_use]
    pub fn organization(&self) -> Option<&Organization> {
        self.organization
            .get_or_init(|| Organization::read(self.claims_text()).map(Box::new))
            .as_deref()
    }

    /// Whether the user has `role` in the active organisation, with or without its prefix: `org:admin` or `admin`.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.organization()
            .and_then(|organization| organization.role.as_deref())
            .is_some_and(|held| unprefixed(held) == unprefixed(role))
    }

    /// Whether the user has `permission` in the active organisation, with or without its prefix:
    /// `org:invoices:read` or `invoices:read`.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        self.organization().is_some_and(|organization| {
            let mut held = organization.permissions.iter();
            held.any(|held| unprefixed(held) == unprefixed(permission))
        })
    }

    /// Whether the user, by themselves or in the active organisation, has `feature` (`fea` at Clerk).
    ///
    /// A scope may be asked for: `o:dashboard` (or `org:`) in the organisation, `u:dashboard` (or `user:`) by themselves.
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        #[derive(Deserialize)]
        struct Features<'c> {
            #[serde(borrow)]
            fea: Option<std::borrow::Cow<'c, str>>,
        }
        let features = self
            .claims::<Features<'_>>()
            .ok()
            .and_then(|claims| claims.fea);
        features.is_some_and(|features| grants(&features, feature))
    }

    /// Whether the user, by themselves or in the active organisation, is on `plan` (`pla` at Clerk).
    ///
    /// A scope may be asked for: `o:pro` (or `org:`) for the organisation's plan, `u:pro` (or `user:`) for their own.
    #[must_use]
    pub fn has_plan(&self, plan: &str) -> bool {
        #[derive(Deserialize)]
        struct Plans<'c> {
            #[serde(borrow)]
            pla: Option<std::borrow::Cow<'c, str>>,
        }
        let plans = self
            .claims::<Plans<'_>>()
            .ok()
            .and_then(|claims| claims.pla);
        plans.is_some_and(|plans| grants(&plans, plan))
    }

    /// Reads the token's claims as a type of the application.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`] when the claims do not have the shape of `T`.
    pub fn claims<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ClaimsError> {
        read(self.claims_text())
    }

    pub(crate) fn token_id(&self) -> Option<&str> {
        let token_id = self.token_id.clone()?;
        Some(self.issuer.beside(token_id))
    }

    fn claims_text(&self) -> &str {
        self.issuer.beside(0..self.claims_len)
    }
}

fn unprefixed(name: &str) -> &str {
    name.strip_prefix("org:").unwrap_or(name)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user_id", &self.user_id)
            .field("actor", &self.actor)
            .field("issuer", &self.issuer)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Minutes since the user last verified each factor (`fva` at Clerk).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FactorVerificationAge {
    /// Minutes since the first factor, or `None` if it never was verified.
    pub first: Option<u32>,
    /// Minutes since the second factor, or `None` if it never was verified.
    pub second: Option<u32>,
}

/// The proof that nobody acts as the user.
///
/// A function that takes `&Direct` cannot be called for an impersonated request: only [`Auth::direct`] and
/// [`Auth::require_direct`] build one. It reads as the same session.
///
/// ```
/// use actas_core::Direct;
///
/// fn delete_account(who: &Direct) {
///     println!("{} deletes their own account", who.user_id);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Direct(Auth);

impl Deref for Direct {
    type Target = Auth;

    fn deref(&self) -> &Auth {
        &self.0
    }
}

impl From<Direct> for Auth {
    fn from(direct: Direct) -> Self {
        direct.0
    }
}

/// The mark that optional authentication leaves on a request that carried no credential.
///
/// By it a guard tells a visitor who is signed out (401) from a route that no authentication layer surrounds (500).
#[derive(Clone)]
pub struct SignedOut {
    shared: Arc<Shared>,
}

impl SignedOut {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// How the application words its refusals.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.shared.refusals
    }
}

impl fmt::Debug for SignedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedOut")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::actor::ActorKind;
    use crate::test_token::auth;

    #[test]
    fn only_a_session_without_an_actor_is_direct() {
        for act in [json!({}), json!({"act": null})] {
            let auth = auth(&act);
            assert!(auth.actor.is_none() && !auth.is_impersonated());
            assert_eq!(auth.direct().unwrap().user_id, "user_1");
        }
        let auth = auth(&json!({"act": {"sub": "admin"}}));
        assert!(auth.is_impersonated() && auth.direct().is_none());
        let error = auth.require_direct().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ImpersonationDenied);
    }

    #[test]
    fn an_actor_keeps_what_its_claim_says() {
        let act = json!({
            "sub": "cli:ann@example.com", "iss": "clerk-cli", "sid": "sess_9", "reason": "bug \u{1f41e}",
            "act": {"sub": "service", "type": "agent"},
        });
        let auth = auth(&json!({"act": act}));
        let actor = auth.actor.as_ref().unwrap();
        assert_eq!(actor.subject, "cli:ann@example.com");
        assert_eq!(actor.issuer, "clerk-cli");
        assert_eq!(actor.session_id.as_deref(), Some("sess_9"));
        assert_eq!(actor.kind, ActorKind::Human);
        assert_eq!(serde_json::to_value(actor).unwrap(), act);
        assert_eq!(actor.claims::<Value>().unwrap(), act);
        let [prior] = actor.prior() else {
            panic!("one actor acted before");
        };
        assert_eq!((&*prior.subject, prior.kind), ("service", ActorKind::Agent));
        assert_eq!(prior.issuer, auth.issuer);
    }

    #[test]
    fn an_actor_serialises_whatever_names_it_uses() {
        let act = json!({"sub": "admin", "$serde_json::private::RawValue": "{,"});
        let auth = auth(&json!({"act": act}));
        let told = serde_json::to_string(auth.actor.as_ref().unwrap()).unwrap();
        assert!(told.contains("admin"), "{told}");
    }

    #[test]
    fn strings_with_escapes_are_whole() {
        let auth = auth(&json!({"sub": "user\n\"1\"", "act": {"sub": "ad\tmin"}}));
        assert_eq!(auth.user_id, "user\n\"1\"");
        assert_eq!(auth.actor.as_ref().unwrap().subject, "ad\tmin");
        assert_eq!(auth.claims::<Value>().unwrap()["sub"], "user\n\"1\"");
    }

    #[test]
    fn roles_and_permissions_are_known_with_and_without_their_prefix() {
        let auth = auth(&json!({
            "v": 2, "fea": "o:invoices", "o": {"id": "org_1", "rol": "admin", "per": "read,write", "fpm": "1"},
        }));
        assert!(auth.has_role("org:admin") && auth.has_role("admin") && !auth.has_role("member"));
        assert!(auth.has_permission("org:invoices:read") && auth.has_permission("invoices:read"));
        assert!(!auth.has_permission("org:invoices:write") && !auth.has_permission(""));
    }

    #[test]
    fn features_and_plans_are_known_by_scope() {
        let auth = auth(&json!({"fea": "o:teams,u:export, uo:chat", "pla": "u:pro"}));
        assert!(
            auth.has_feature("teams")
                && auth.has_feature("o:teams")
                && !auth.has_feature("user:teams")
        );
        assert!(
            auth.has_feature("u:chat")
                && auth.has_feature("org:chat")
                && auth.has_feature("export")
        );
        assert!(auth.has_plan("pro") && auth.has_plan("user:pro") && !auth.has_plan("o:pro"));
        for nothing in ["", ":", "x:teams", "teams:o", "o:"] {
            assert!(
                !auth.has_feature(nothing) && !auth.has_plan(nothing),
                "{nothing:?}"
            );
        }
        let malformed = crate::test_token::auth(&json!({"fea": ["o:teams"], "pla": 7}));
        assert!(!malformed.has_feature("teams") && !malformed.has_plan("pro"));
    }

    #[test]
    fn without_an_organisation_there_is_no_role() {
        let auth = auth(&json!({}));
        assert!(auth.organization().is_none() && !auth.has_role("") && !auth.has_permission(""));
    }

    #[test]
    fn the_age_of_factors_is_in_minutes_and_minus_one_is_never() {
        let age = |fva: Value| auth(&json!({"fva": fva})).factor_verification_age();
        let both = age(json!([7, -1])).unwrap();
        assert_eq!((both.first, both.second), (Some(7), None));
        for malformed in [
            json!(null),
            json!([]),
            json!([1]),
            json!("7"),
            json!([1.5, 2]),
        ] {
            assert_eq!(age(malformed), None);
        }
    }
}
