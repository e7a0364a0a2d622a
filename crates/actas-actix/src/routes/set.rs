use actas_core::MutatingRoute;
use actix_web::web::ServiceConfig;

use super::route::Route;
use crate::guard::GuardLayer;

/// Routes that know, while they are declared, which of them change something and have no decision about impersonation.
///
/// actix-web's own `App` and `Route` do not show what they hold, so the routes are declared here and then mounted. One line
/// in the application's own tests lists every route that somebody added without a thought about it:
///
/// ```
/// use actas_actix::deny_when_impersonated;
/// use actas_actix::routes::{Routes, get, post};
/// use actix_web::App;
///
/// fn routes() -> Routes {
///     Routes::new()
///         .route("/me", get(async || "me"))
///         .route("/password", post(async || "changed").guard(deny_when_impersonated()))
///         .route("/cart", post(async || "added").allow_when_impersonated())
/// }
///
/// // in the application:
/// let app = App::new().configure(|config| routes().configure(config));
///
/// // in its tests:
/// assert_eq!(routes().undecided(), []);
/// ```
///
/// A guard on the whole set decides every route that is in it:
///
/// ```
/// use actas_actix::routes::{Routes, delete, post};
/// use actas_actix::read_only_when_impersonated;
///
/// let shop = Routes::new()
///     .route("/cart", post(async || "added"))
///     .guard(read_only_when_impersonated().except("POST", "/shop/cart"));
///
/// let admin = Routes::new()
///     .route("/users/{id}", delete(async || "deleted"));
///
/// let routes = Routes::new().nest("/shop", shop).nest("/admin", admin);
///
/// let undecided: Vec<_> = routes.undecided().iter().map(ToString::to_string).collect();
/// assert_eq!(undecided, ["DELETE /admin/users/{id}"]);
/// ```
///
/// # What counts
///
/// Every method but `GET`, `HEAD` and `OPTIONS` changes something, and so does a handler of any method. A `GET` that upgrades
/// to a WebSocket is not listed, although a read-only guard refuses it.
///
/// A guard decides if it [decides about impersonation](GuardLayer::decides_impersonation). `allow_when_impersonated` decides
/// without guarding, and so does [`decided_by_handler`](Route::decided_by_handler), for handlers that take
/// [`Direct`](crate::Direct): extractors are not seen, nor are guards that are wrapped around the app, nor routes added to it
/// elsewhere.
#[derive(Debug, Default)]
#[must_use]
pub struct Routes {
    routes: Vec<(String, Route)>,
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route, like [`App::route`](actix_web::App::route). Routes of one path and several methods are added one by one.
    pub fn route(mut self, path: &str, route: Route) -> Self {
        self.routes.push((slashed(path), route));
        self
    }

    /// Adds `routes` under `prefix`, which [`web::scope`](actix_web::web::scope) would take.
    pub fn nest(mut self, prefix: &str, routes: Self) -> Self {
        let prefix = slashed(prefix);
        for (path, route) in routes.routes {
            self.routes.push((format!("{prefix}{path}"), route));
        }
        self
    }

    /// Adds the routes of `other`.
    pub fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self
    }

    /// Puts `guard` before everything added so far.
    ///
    /// All of it is decided then, if the guard [decides](GuardLayer::decides_impersonation).
    pub fn guard(self, guard: GuardLayer) -> Self {
        self.map(move |route| route.guard(guard.clone()))
    }

    /// Says that an impersonated request may call everything added so far.
    ///
    /// This decides and guards nothing.
    pub fn allow_when_impersonated(self) -> Self {
        self.map(Route::allow_when_impersonated)
    }

    /// The routes that change something and have no decision about impersonation, by template.
    #[must_use]
    pub fn undecided(&self) -> Vec<MutatingRoute> {
        let undecided = self.routes.iter().filter(|(_, route)| !route.is_decided());
        let mut undecided: Vec<_> = undecided
            .filter_map(|(path, route)| MutatingRoute::new(route.method(), path.as_str()))
            .collect();
        undecided.sort();
        undecided
    }

    /// Mounts the routes: `App::new().configure(|config| routes().configure(config))`.
    pub fn configure(self, config: &mut ServiceConfig) {
        for (path, route) in self.routes {
            config.route(&path, route.into_inner());
        }
    }

    fn map(self, change: impl Fn(Route) -> Route) -> Self {
        let routes = self.routes.into_iter();
        Self {
            routes: routes.map(|(path, route)| (path, change(route))).collect(),
        }
    }
}

/// The pattern as actix-web completes it.
fn slashed(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}
