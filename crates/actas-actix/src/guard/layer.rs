use std::future::{Ready, ready};

use actas_core::{Actor, Guard};
use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};

use super::service::GuardService;
use crate::body::ResponseBody;

/// Refuses a request in which somebody acts as the user, human or agent: 403.
///
/// See the [module docs](crate::guard) for an example.
pub fn deny_when_impersonated() -> GuardLayer {
    GuardLayer::from(Guard::deny_when_impersonated())
}

/// Refuses what changes something while somebody acts as the user: 403.
///
/// `GET`, `HEAD` and `OPTIONS` go through, unless they upgrade the connection. [`GuardLayer::except`] names exceptions.
pub fn read_only_when_impersonated() -> GuardLayer {
    GuardLayer::from(Guard::read_only_when_impersonated())
}

/// The preset for routes that make something which outlives the session: keys, grants, passkeys, changes of e-mail address
/// or password, invitations.
pub fn sensitive() -> GuardLayer {
    GuardLayer::from(Guard::sensitive())
}

/// Refuses a request that is not signed in: 401. Says nothing about impersonation.
///
/// It is for a part of an application that stands behind an [optional](crate::AuthLayer::optional) layer.
pub fn require_auth() -> GuardLayer {
    GuardLayer::from(Guard::require_auth())
}

/// Middleware factory that applies [`GuardService`]: asks a guard whether a request may go on.
///
/// Made by [`deny_when_impersonated`], [`read_only_when_impersonated`], [`sensitive`] and [`require_auth`], or from a
/// [`Guard`]. It wraps an app, a scope, a resource or a route. See the [module docs](crate::guard) for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct GuardLayer {
    guard: Guard,
}

impl GuardLayer {
    /// Lets agents through: actors whose kind is [`ActorKind::Agent`](actas_core::ActorKind::Agent).
    ///
    /// By default, an agent is refused like any actor.
    pub fn allow_agents(mut self) -> Self {
        self.guard = self.guard.allow_agents();
        self
    }

    /// Lets the actors through for whom `allowed` says so.
    ///
    /// A second call replaces the first. By default, none is let through.
    pub fn allow_actors(
        mut self,
        allowed: impl Fn(&Actor) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.guard = self.guard.allow_actors(allowed);
        self
    }

    /// Lets `method` through on the route whose template is `route_template`, both exactly.
    ///
    /// The template is actix-web's [`match_pattern`](actix_web::HttpRequest::match_pattern), as in `/users/{id}`, with the
    /// scopes it stands in. Without a template nothing is excepted, nor is an upgrade ever. It applies to every rule about
    /// impersonation, not only to a read-only guard, and to [`require_auth`] it does nothing.
    ///
    /// On an app or a scope the guard runs before routing, when no template is known: it excepts nothing there. Wrap the
    /// resource or the route, or use [`Routes::guard`](crate::routes::Routes::guard), which does.
    ///
    /// By default, nothing is excepted.
    pub fn except(mut self, method: impl Into<String>, route_template: impl Into<String>) -> Self {
        self.guard = self.guard.except(method, route_template);
        self
    }

    /// Lets everybody through who is signed in, and logs what would have been refused.
    ///
    /// A request that is not signed in is refused all the same. By default, the guard refuses.
    pub fn report_only(mut self) -> Self {
        self.guard = self.guard.report_only();
        self
    }

    /// Whether a request's impersonation decides what this guard answers.
    ///
    /// It does not for [`require_auth`], and not for a guard that [only reports](Self::report_only).
    #[must_use]
    pub fn decides_impersonation(&self) -> bool {
        self.guard.decides_impersonation()
    }
}

impl From<Guard> for GuardLayer {
    fn from(guard: Guard) -> Self {
        Self { guard }
    }
}

impl<S, B> Transform<S, ServiceRequest> for GuardLayer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Transform = GuardService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(GuardService::new(service, self.guard.clone())))
    }
}
