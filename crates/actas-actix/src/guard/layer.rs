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
    GuardLayer {
        guard: Guard::deny_when_impersonated(),
        decides: true,
    }
}

/// Refuses what changes something while somebody acts as the user: 403.
///
/// `GET`, `HEAD` and `OPTIONS` go through, unless they upgrade the connection. [`GuardLayer::except`] names exceptions.
pub fn read_only_when_impersonated() -> GuardLayer {
    GuardLayer {
        guard: Guard::read_only_when_impersonated(),
        decides: true,
    }
}

/// The preset for routes that make something which outlives the session: keys, grants, passkeys, changes of e-mail address
/// or password, invitations.
pub fn sensitive() -> GuardLayer {
    GuardLayer {
        guard: Guard::sensitive(),
        decides: true,
    }
}

/// Refuses a request that is not signed in: 401. Says nothing about impersonation.
///
/// It is for a part of an application that stands behind an [optional](crate::AuthLayer::optional) layer.
pub fn require_auth() -> GuardLayer {
    GuardLayer {
        guard: Guard::require_auth(),
        decides: false,
    }
}

/// Middleware factory that applies [`GuardService`]: asks a guard whether a request may go on.
///
/// Made by [`deny_when_impersonated`], [`read_only_when_impersonated`], [`sensitive`] and [`require_auth`]. It wraps an app,
/// a scope, a resource or a route. See the [module docs](crate::guard) for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct GuardLayer {
    guard: Guard,
    decides: bool,
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

    /// Lets `method` through on the route `template`, both exactly.
    ///
    /// The template is actix-web's [`match_pattern`](actix_web::HttpRequest::match_pattern), as in `/users/{id}`, with the
    /// scopes it stands in. Without a template nothing is excepted, nor is an upgrade ever. By default, there is no exception.
    ///
    /// On an app or a scope the guard runs before routing: there the template is that of the first resource that fits the
    /// path. Where resources of one path are told apart by actix-web's own guards, wrap the resource instead.
    pub fn except(mut self, method: &str, template: &str) -> Self {
        self.guard = self.guard.except(method, template);
        self
    }

    /// Lets everybody through who is signed in, and logs what would have been refused.
    ///
    /// A request that is not signed in is refused all the same. By default, the guard refuses.
    pub fn report_only(mut self) -> Self {
        self.guard = self.guard.report_only();
        self.decides = false;
        self
    }

    /// Whether a request's impersonation decides what this guard answers.
    ///
    /// It does not for [`require_auth`], and not for a guard that [only reports](Self::report_only).
    #[must_use]
    pub fn decides_impersonation(&self) -> bool {
        self.decides
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
