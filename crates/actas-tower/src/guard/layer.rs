use std::sync::Arc;

use actas_core::{Actor, Guard};
use tower_layer::Layer;

use super::service::GuardService;

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
/// It is for a part of a service that stands behind an [optional](crate::AuthLayer::optional) layer.
pub fn require_auth() -> GuardLayer {
    GuardLayer::from(Guard::require_auth())
}

/// Layer that applies [`GuardService`]: asks a guard whether a request may go on.
///
/// Made by [`deny_when_impersonated`], [`read_only_when_impersonated`], [`sensitive`] and [`require_auth`], or from a
/// [`Guard`]. See the [module docs](crate::guard) for an example.
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
    /// The template is axum's, as in `/users/{id}`, with the prefixes it is nested under; it is known only with the feature
    /// `axum` and behind axum's router. Where none is known nothing is excepted, nor is an upgrade ever. It applies to every
    /// rule about impersonation, not only to a read-only guard, and to [`require_auth`] it does nothing. By default, nothing
    /// is excepted.
    pub fn except(mut self, method: impl Into<String>, route_template: impl Into<String>) -> Self {
        self.guard = self.guard.except(method, route_template);
        self
    }

    /// Lets through what it would refuse because of impersonation, and says so in a `tracing` event.
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

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GuardService::new(inner, Arc::new(self.guard.clone()))
    }
}
