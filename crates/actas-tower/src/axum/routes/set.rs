use std::convert::Infallible;

use actas_core::MutatingRoute;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing;
use tower_layer::Layer;
use tower_service::Service;

use super::route::{Handled, Route};
use crate::guard::GuardLayer;

/// A [`Router`] that knows, while it is built, which of its routes change something and have no decision about impersonation.
///
/// One line in the application's own tests then lists every route that somebody added without a thought about it:
///
/// ```
/// use actas_tower::axum::routes::{Routes, get, post};
/// use actas_tower::deny_when_impersonated;
///
/// fn routes() -> Routes {
///     Routes::new()
///         .route("/me", get(async || "me"))
///         .route("/password", post(async || "changed").guard(deny_when_impersonated()))
///         .route("/cart", post(async || "added").allow_when_impersonated())
/// }
///
/// // in the application:
/// let app: axum::Router = routes().into_router();
///
/// // in its tests:
/// assert_eq!(routes().undecided(), []);
/// ```
///
/// A guard on the whole set decides every route that is in it:
///
/// ```
/// use actas_tower::axum::routes::{Routes, delete, post};
/// use actas_tower::{deny_when_impersonated, read_only_when_impersonated};
///
/// let shop = Routes::new()
///     .route("/cart", post(async || "added"))
///     .guard(read_only_when_impersonated().except("POST", "/shop/cart"));
///
/// let admin = Routes::new()
///     .route("/users/{id}", delete(async || "deleted"));
///
/// let routes: Routes = Routes::new().nest("/shop", shop).nest("/admin", admin);
///
/// let undecided: Vec<_> = routes.undecided().iter().map(ToString::to_string).collect();
/// assert_eq!(undecided, ["DELETE /admin/users/{id}"]);
/// ```
///
/// # What counts
///
/// Every method but `GET`, `HEAD` and `OPTIONS` changes something, and so do a handler of any method, a fallback and a service.
/// A `GET` that upgrades to a WebSocket is not listed, although a read-only guard refuses it.
///
/// A guard decides if it [decides about impersonation](GuardLayer::decides_impersonation). `allow_when_impersonated` decides
/// without guarding, and so does [`decided_by_handler`](Route::decided_by_handler), for handlers that take
/// [`Direct`](crate::axum::Direct): extractors are not seen, nor are other layers, nor routes added to the [`Router`] later.
#[derive(Debug)]
#[must_use]
pub struct Routes<S = ()> {
    router: Router<S>,
    entries: Vec<Entry>,
}

/// A method and a template with a handler, and whether it is decided what an impersonated request gets.
#[derive(Debug)]
struct Entry {
    method: &'static str,
    template: String,
    decided: bool,
}

impl<S> Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// No routes yet.
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            entries: Vec::new(),
        }
    }

    /// Adds a route, like [`Router::route`].
    ///
    /// # Panics
    ///
    /// If `path` is not a template of axum's, or overlaps one that is there.
    #[track_caller]
    pub fn route(mut self, path: &str, route: impl Into<Route<S>>) -> Self {
        let (router, handlers) = route.into().into_parts();
        self.router = self.router.route(path, router);
        for Handled { method, decided } in handlers {
            self.record(method, path.to_owned(), decided);
        }
        self
    }

    /// Adds a service, like [`Router::route_service`]. See also [`any_service`](super::any_service).
    ///
    /// # Panics
    ///
    /// If `path` is not a template of axum's, or overlaps one that is there.
    #[track_caller]
    pub fn route_service<T>(mut self, path: &str, service: T) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        self.router = self.router.route_service(path, service);
        self.record(MutatingRoute::ANY, path.to_owned(), false);
        self
    }

    /// Adds `routes` under `prefix`, like [`Router::nest`].
    ///
    /// # Panics
    ///
    /// If `prefix` is empty, `/`, or has a wildcard, or a route overlaps one that is there.
    #[track_caller]
    pub fn nest(mut self, prefix: &str, routes: Self) -> Self {
        self.router = self.router.nest(prefix, routes.router);
        for entry in routes.entries {
            self.record(entry.method, nested(prefix, &entry.template), entry.decided);
        }
        self
    }

    /// Adds a service under `prefix`, like [`Router::nest_service`].
    ///
    /// # Panics
    ///
    /// If `prefix` is empty, `/`, or has a wildcard, or overlaps a route that is there.
    #[track_caller]
    pub fn nest_service<T>(mut self, prefix: &str, service: T) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        self.router = self.router.nest_service(prefix, service);
        self.record(MutatingRoute::ANY, nested(prefix, REST), false);
        self
    }

    /// Adds the routes of `other`, like [`Router::merge`].
    ///
    /// # Panics
    ///
    /// If a route of `other` overlaps one that is there, or both have a fallback.
    #[track_caller]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.entries.extend(other.entries);
        self
    }

    /// Answers what no route matches, like [`Router::fallback`]. Listed as `ANY /{*rest}`.
    #[track_caller]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.fallback(handler);
        self.record(MutatingRoute::ANY, REST.to_owned(), false);
        self
    }

    /// Puts `guard` before everything added so far.
    ///
    /// All of it is decided then, if the guard [decides](GuardLayer::decides_impersonation).
    pub fn guard(self, guard: GuardLayer) -> Self {
        let decides = guard.decides_impersonation();
        let guarded = self.layer(guard);
        if decides { guarded.decide() } else { guarded }
    }

    /// Says that an impersonated request may call everything added so far.
    ///
    /// This decides and guards nothing.
    pub fn allow_when_impersonated(self) -> Self {
        self.decide()
    }

    /// Puts `layer` around everything added so far, like [`Router::layer`].
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// Gives the handlers their state, like [`Router::with_state`].
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes {
            router: self.router.with_state(state),
            entries: self.entries,
        }
    }

    fn record(&mut self, method: &'static str, template: String, decided: bool) {
        self.entries.push(Entry {
            method,
            template,
            decided,
        });
    }

    fn decide(mut self) -> Self {
        for entry in &mut self.entries {
            entry.decided = true;
        }
        self
    }
}

impl<S> Routes<S> {
    /// The routes that change something and have no decision about impersonation, by template.
    #[must_use]
    pub fn undecided(&self) -> Vec<MutatingRoute> {
        let undecided = self.entries.iter().filter(|entry| !entry.decided);
        let mut undecided: Vec<_> = undecided
            .filter_map(|entry| MutatingRoute::new(entry.method, entry.template.as_str()))
            .collect();
        undecided.sort();
        undecided
    }

    /// The router, to be served.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}

impl<S> Default for Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S> From<Routes<S>> for Router<S> {
    fn from(routes: Routes<S>) -> Self {
        routes.into_router()
    }
}

/// What matches everything below a prefix.
const REST: &str = "/{*rest}";

/// The template under `prefix`, as [`Router::nest`] makes it.
fn nested(prefix: &str, template: &str) -> String {
    match (prefix.strip_suffix('/'), template) {
        (Some(prefix), below) => format!("{prefix}{below}"),
        (None, "/") => prefix.to_owned(),
        (None, below) => format!("{prefix}{below}"),
    }
}
