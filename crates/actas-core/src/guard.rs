//! What an impersonated request may do.

use std::fmt;
use std::sync::Arc;

use crate::actor::{Actor, ActorKind};
use crate::error::{Error, ErrorKind};
use crate::extensions::found;
use crate::method::{is_connect, is_safe_method, is_upgrade};
use crate::request::RequestHead;
use crate::session::{Auth, SignedOut};

/// A rule about impersonated requests, for one route, some, or a whole application.
///
/// Any actor is denied, human or agent, unless the guard says otherwise.
#[derive(Clone)]
pub struct Guard {
    rule: Rule,
    agents: bool,
    actors: Option<Arc<ActorPredicate>>,
    exceptions: Vec<(String, String)>,
    report_only: bool,
}

type ActorPredicate = dyn Fn(&Actor) -> bool + Send + Sync;

#[derive(Clone, Copy)]
enum Rule {
    RequireAuth,
    DenyWhenImpersonated,
    Sensitive,
    ReadOnlyWhenImpersonated,
}

impl Guard {
    const fn new(rule: Rule) -> Self {
        Self {
            rule,
            agents: false,
            actors: None,
            exceptions: Vec::new(),
            report_only: false,
        }
    }

    /// Refuses every impersonated request.
    #[must_use]
    pub const fn deny_when_impersonated() -> Self {
        Self::new(Rule::DenyWhenImpersonated)
    }

    /// Refuses every impersonated request, on a route that makes something which outlives the session: keys, grants,
    /// passkeys, a change of e-mail address or password, an invitation, a webhook.
    ///
    /// It refuses what [`Self::deny_when_impersonated`] refuses and is known by a rule of its own.
    #[must_use]
    pub const fn sensitive() -> Self {
        Self::new(Rule::Sensitive)
    }

    /// Refuses an impersonated request unless it only reads: `GET`, `HEAD` and `OPTIONS` pass, an upgrade (WebSocket)
    /// and `CONNECT` do not, and neither does gRPC, whose calls are all `POST`.
    #[must_use]
    pub const fn read_only_when_impersonated() -> Self {
        Self::new(Rule::ReadOnlyWhenImpersonated)
    }

    /// Refuses a request that nobody is signed in for, and lets every other through.
    #[must_use]
    pub const fn require_auth() -> Self {
        Self::new(Rule::RequireAuth)
    }

    /// Lets agents through ([`ActorKind::Agent`]). By default, they are denied.
    #[must_use]
    pub fn allow_agents(mut self) -> Self {
        self.agents = true;
        self
    }

    /// Lets the actors through for which `allowed` says so.
    ///
    /// A second call replaces the first. By default, none is let through.
    #[must_use]
    pub fn allow_actors(
        mut self,
        allowed: impl Fn(&Actor) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.actors = Some(Arc::new(allowed));
        self
    }

    /// Lets one method through on one route, named by its exact template: `("POST", "/search/{index}")`.
    ///
    /// Where the framework knows no template nothing is excepted, nor is an upgrade ever. It applies to every rule about
    /// impersonation, [`Self::deny_when_impersonated`] and [`Self::sensitive`] too, and to [`Self::require_auth`] it does
    /// nothing. By default, nothing is excepted.
    #[must_use]
    pub fn except(mut self, method: impl Into<String>, route_template: impl Into<String>) -> Self {
        self.exceptions.push((method.into(), route_template.into()));
        self
    }

    /// Lets through what it would refuse, and says so in a `tracing` event and, where the request is recorded, in its record.
    ///
    /// Only what is said of impersonation: a request without a session is refused all the same. By default, it refuses.
    #[must_use]
    pub fn report_only(mut self) -> Self {
        self.report_only = true;
        self
    }

    /// The name of the rule, as it stands in events and audit records.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self.rule {
            Rule::RequireAuth => "require_auth",
            Rule::DenyWhenImpersonated => "deny_when_impersonated",
            Rule::Sensitive => "sensitive",
            Rule::ReadOnlyWhenImpersonated => "read_only_when_impersonated",
        }
    }

    /// Whether it depends on a request's impersonation what becomes of the request.
    ///
    /// It does not with [`Self::require_auth`], nor with a guard that [only reports](Self::report_only).
    #[must_use]
    pub const fn decides_impersonation(&self) -> bool {
        !self.report_only && !matches!(self.rule, Rule::RequireAuth)
    }

    /// What the rule says of a session and what it is about to do.
    #[must_use]
    pub fn decide(&self, auth: &Auth, action: &Action<'_>) -> Decision {
        let Some(actor) = &auth.actor else {
            return Decision::Allow;
        };
        let allowed = match self.rule {
            Rule::RequireAuth => true,
            Rule::ReadOnlyWhenImpersonated => action.only_reads() || self.excepts(action),
            Rule::DenyWhenImpersonated | Rule::Sensitive => self.excepts(action),
        };
        if allowed
            || (self.agents && actor.kind == ActorKind::Agent)
            || self.actors.as_ref().is_some_and(|allowed| allowed(actor))
        {
            return Decision::Allow;
        }
        let denial = Denial { rule: self.rule() };
        if self.report_only {
            Decision::Report(denial)
        } else {
            Decision::Deny(denial)
        }
    }

    /// Decides on a request by what the authentication layer left in its extensions, and fails closed: a request
    /// without a session never passes.
    ///
    /// `Ok(Some(_))` is the verdict of a rule that only reports: the request passes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ImpersonationDenied`] where the rule denies, [`ErrorKind::MissingCredential`] where nobody is signed
    /// in, [`ErrorKind::MissingLayer`] where no authentication layer has seen the request.
    pub fn admit(
        &self,
        auth: Option<&Auth>,
        signed_out: Option<&SignedOut>,
        action: &Action<'_>,
    ) -> Result<Option<Denial>, Error> {
        let auth = found(auth, signed_out, || {
            tracing::error!(
                rule = self.rule(),
                "a guard stands on a route without an authentication layer around it: add AuthLayer outside of it"
            );
        })?;
        match self.decide(auth, action) {
            Decision::Allow => Ok(None),
            Decision::Deny(denial) => {
                if let Some(record) = auth.record() {
                    record.deny(denial.rule);
                }
                self.tell(auth, action, "an impersonated request was denied");
                Err(denial.into())
            }
            Decision::Report(denial) => {
                if let Some(record) = auth.record() {
                    record.report(denial.rule);
                }
                self.tell(
                    auth,
                    action,
                    "an impersonated request would have been denied",
                );
                Ok(Some(denial))
            }
        }
    }

    fn excepts(&self, action: &Action<'_>) -> bool {
        !action.upgrade
            && action.route.is_some_and(|route| {
                let mut exceptions = self.exceptions.iter();
                exceptions.any(|(method, template)| method == action.method && template == route)
            })
    }

    fn tell(&self, auth: &Auth, action: &Action<'_>, what: &'static str) {
        let actor = auth.actor.as_ref();
        let ids = auth.user_ids();
        tracing::warn!(
            rule = self.rule(),
            method = action.method,
            route = action.route,
            user.id = ids.plain(&auth.user_id),
            user.hash = ids.hash(&auth.user_id),
            session.id = auth.session_id.as_deref(),
            actas.actor.id = actor.and_then(|actor| ids.plain(&actor.subject)),
            actas.actor.hash = actor.and_then(|actor| ids.hash(&actor.subject)),
            actas.actor.issuer = actor.map(|actor| &*actor.issuer),
            actas.actor.kind = actor.map(|actor| actor.kind.name()),
            "{what}"
        );
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("rule", &self.rule())
            .field("report_only", &self.report_only)
            .finish_non_exhaustive()
    }
}

/// What a request is about to do, as far as guards look at it.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    method: &'a str,
    route: Option<&'a str>,
    upgrade: bool,
}

impl<'a> Action<'a> {
    /// What `request` is about to do on the route whose template is `route`, or `None` where the framework knows none.
    #[must_use]
    pub fn of<R: RequestHead>(request: &'a R, route: Option<&'a str>) -> Self {
        Self {
            method: request.method(),
            route,
            upgrade: is_upgrade(request),
        }
    }

    /// What a request with `method` is about to do on the route whose template is `route`, where no request is at hand:
    /// `Action::new("POST", Some("/cart/{item}"))`.
    ///
    /// It is no upgrade, unless the method is `CONNECT`.
    #[must_use]
    pub fn new(method: &'a str, route: Option<&'a str>) -> Self {
        Self {
            method,
            route,
            upgrade: is_connect(method),
        }
    }

    fn only_reads(&self) -> bool {
        is_safe_method(self.method) && !self.upgrade
    }
}

/// The verdict of a [`Guard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The request may run.
    Allow,
    /// The request is refused.
    Deny(Denial),
    /// The request may run; it would have been refused if the guard did not only report.
    Report(Denial),
}

/// The refusal of an impersonated request, and the rule behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    rule: &'static str,
}

impl Denial {
    /// The name of the rule.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.rule
    }
}

impl From<Denial> for Error {
    fn from(_: Denial) -> Self {
        ErrorKind::ImpersonationDenied.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_request::TestRequest;
    use crate::test_token::{auth, builder};

    fn human() -> Auth {
        auth(&json!({"act": {"sub": "admin"}}))
    }

    fn agent() -> Auth {
        auth(&json!({"act": {"sub": "bot", "type": "agent"}}))
    }

    fn decide(guard: &Guard, auth: &Auth, method: &str, route: Option<&str>) -> Decision {
        guard.decide(auth, &Action::of(&TestRequest::new(method), route))
    }

    fn denied(guard: &Guard) -> Decision {
        Decision::Deny(Denial { rule: guard.rule() })
    }

    #[test]
    fn any_actor_is_denied_and_nobody_else() {
        for guard in [Guard::deny_when_impersonated(), Guard::sensitive()] {
            for method in ["GET", "POST"] {
                assert_eq!(decide(&guard, &human(), method, None), denied(&guard));
                assert_eq!(decide(&guard, &agent(), method, None), denied(&guard));
                assert_eq!(
                    decide(&guard, &auth(&json!({})), method, None),
                    Decision::Allow
                );
            }
        }
    }

    #[test]
    fn agents_and_single_actors_are_let_through_by_name() {
        let guard = Guard::deny_when_impersonated().allow_agents();
        assert_eq!(decide(&guard, &agent(), "POST", None), Decision::Allow);
        assert_eq!(decide(&guard, &human(), "POST", None), denied(&guard));
        let guard = Guard::deny_when_impersonated().allow_actors(|actor| actor.subject == "admin");
        assert_eq!(decide(&guard, &human(), "POST", None), Decision::Allow);
        assert_eq!(decide(&guard, &agent(), "POST", None), denied(&guard));
    }

    #[test]
    fn read_only_takes_no_change_for_a_read() {
        let guard = Guard::read_only_when_impersonated().except("POST", "/search/{index}");
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(
                decide(&guard, &human(), method, None),
                Decision::Allow,
                "{method}"
            );
        }
        for method in [
            "POST", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE", "get", "PROPFIND", "",
        ] {
            assert_eq!(
                decide(&guard, &human(), method, Some("/search")),
                denied(&guard),
                "{method}"
            );
            assert_eq!(
                decide(&guard, &auth(&json!({})), method, None),
                Decision::Allow
            );
        }
        assert_eq!(
            decide(&guard, &human(), "POST", Some("/search/{index}")),
            Decision::Allow
        );
        for route in [
            None,
            Some("/search/users"),
            Some("/search/{index}/"),
            Some("/search/{id}"),
        ] {
            assert_eq!(
                decide(&guard, &human(), "POST", route),
                denied(&guard),
                "{route:?}"
            );
        }
        assert_eq!(
            decide(&guard, &human(), "PUT", Some("/search/{index}")),
            denied(&guard)
        );
        let upgrade = TestRequest::new("GET").with_header("upgrade", "websocket");
        let guard = guard.except("GET", "/ws");
        let action = Action::of(&upgrade, Some("/ws"));
        assert_eq!(guard.decide(&human(), &action), denied(&guard));
    }

    #[test]
    fn a_report_lets_through_and_says_so() {
        let guard = Guard::sensitive().report_only();
        let denial = Denial { rule: "sensitive" };
        assert_eq!(
            decide(&guard, &human(), "POST", None),
            Decision::Report(denial)
        );
        let request = TestRequest::new("POST");
        let action = Action::of(&request, None);
        assert_eq!(guard.admit(Some(&human()), None, &action), Ok(Some(denial)));
        assert_eq!(
            guard.admit(Some(&auth(&json!({}))), None, &action),
            Ok(None)
        );
    }

    #[test]
    fn without_a_session_no_guard_lets_through() {
        let signed_out = builder().build().unwrap().signed_out();
        let request = TestRequest::new("GET");
        let action = Action::of(&request, None);
        for guard in [
            Guard::deny_when_impersonated(),
            Guard::sensitive(),
            Guard::read_only_when_impersonated(),
            Guard::require_auth(),
        ] {
            for guard in [guard.clone(), guard.report_only()] {
                let refusal =
                    |signed_out| guard.admit(None, signed_out, &action).unwrap_err().kind();
                assert_eq!(refusal(None), ErrorKind::MissingLayer);
                assert_eq!(refusal(Some(&signed_out)), ErrorKind::MissingCredential);
            }
        }
    }

    #[test]
    fn an_exception_is_one_from_every_rule_about_impersonation() {
        for guard in [
            Guard::deny_when_impersonated(),
            Guard::sensitive(),
            Guard::read_only_when_impersonated(),
        ] {
            let guard = guard.except("POST", "/search");
            let excepted = decide(&guard, &human(), "POST", Some("/search"));
            assert_eq!(excepted, Decision::Allow, "{guard:?}");
            assert_eq!(decide(&guard, &human(), "POST", None), denied(&guard));
        }
        let guard = Guard::require_auth().except("POST", "/search");
        let action = Action::new("POST", Some("/search"));
        let refused = guard.admit(None, None, &action).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::MissingLayer);
    }

    #[test]
    fn an_action_without_a_request_is_judged_as_one_with() {
        let guard = Guard::read_only_when_impersonated()
            .except("POST", "/search")
            .except("CONNECT", "/search");
        for (method, route) in [
            ("GET", None),
            ("POST", None),
            ("POST", Some("/search")),
            ("CONNECT", Some("/search")),
        ] {
            assert_eq!(
                guard.decide(&human(), &Action::new(method, route)),
                decide(&guard, &human(), method, route),
                "{method} {route:?}"
            );
        }
        let connect = Action::new("CONNECT", Some("/search"));
        assert_eq!(guard.decide(&human(), &connect), denied(&guard));
    }

    #[test]
    fn only_a_guard_that_denies_decides() {
        for guard in [
            Guard::deny_when_impersonated(),
            Guard::sensitive(),
            Guard::read_only_when_impersonated(),
        ] {
            assert!(guard.decides_impersonation(), "{guard:?}");
            assert!(guard.clone().allow_agents().decides_impersonation());
            assert!(!guard.report_only().decides_impersonation());
        }
        assert!(!Guard::require_auth().decides_impersonation());
    }

    #[test]
    fn require_auth_asks_for_a_session_alone() {
        assert_eq!(
            decide(&Guard::require_auth(), &human(), "POST", None),
            Decision::Allow
        );
    }
}
