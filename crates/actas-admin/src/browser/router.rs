use std::fmt;

use actas_core::Verifier;
use actas_tower::AuthLayer;
use axum::Router;
use axum::routing::get;

use super::me::me;
use super::modules::modules;

/// What a page needs to show who acts as whom, as a router: the session, and the modules that read it.
///
/// | route | answers |
/// |---|---|
/// | `GET /auth/me` | `{ userId, actor, sessionId, expiresAt }`: `actor` is the `act` claim, and `null` where nobody acts for the user; `expiresAt` is in milliseconds since the Unix epoch |
/// | `GET /actas/actas.js` | a module with `auth()`, `authStore()` and `<impersonation-banner>` |
/// | `GET /actas/react.js` | a module with `useAuth()`, which imports `react` |
///
/// It is mounted **outside** of the application's `AuthLayer`: a page says that an impersonation has ended when no session holds
/// any longer, and needs the modules for that. `/auth/me` is behind a layer of its own.
///
/// ```
/// use actas_admin::Browser;
/// use actas_core::Verifier;
/// use actas_tower::AuthLayer;
/// use axum::Router;
///
/// fn app(verifier: Verifier, application: Router) -> Router {
///     application
///         .layer(AuthLayer::new(verifier.clone()))
///         .merge(Browser::new(verifier).into_router())
/// }
/// ```
///
/// A page then says who acts as whom by two elements, under a strict Content-Security-Policy as well:
///
/// ```html
/// <script type="module" src="/actas/actas.js"></script>
/// <impersonation-banner></impersonation-banner>
/// ```
///
/// Its button asks for `POST /impersonations/current/stop`. Where the routes are mounted below a prefix, the attribute `base`
/// says so. A hook that words the application's refusals leaves those of `/auth/me` as problem details, whose `code` is read.
///
/// What is asked in an impersonated session is recorded as any other request, and keeps it from being idle: a page asks when it
/// is loaded or looked at again, and at the session's expiry.
pub struct Browser {
    verifier: Verifier,
}

impl Browser {
    /// The routes, for the sessions that `verifier` verifies.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier }
    }

    /// The router: to be merged into an application or nested in it, outside of its authentication layer.
    pub fn into_router(self) -> Router {
        let signed_in = AuthLayer::new(self.verifier);
        Router::new()
            .route("/auth/me", get(me).route_layer(signed_in))
            .merge(modules())
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}
