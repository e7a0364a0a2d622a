use std::fmt;
use std::sync::Arc;

use actas_core::Verifier;
use actas_issuer::Impersonations;
use actas_issuer::exchange::Exchange;
#[cfg(feature = "clerk")]
use actas_issuer::provider::Clerk;
use actas_tower::AuthLayer;
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};

use super::api::Api;
#[cfg(feature = "clerk")]
use super::clerk::ClerkSessions;
use super::description::{self, description};
use super::routes;

/// Starting and stopping impersonation, as a router.
///
/// It is mounted **outside** of the application's `AuthLayer`, because a session that has ended can be stopped, and no layer lets
/// one through. What needs a session is behind a layer of its own.
///
/// ```
/// use actas_admin::Impersonation;
/// use actas_core::Verifier;
/// use actas_issuer::Impersonations;
/// use actas_tower::AuthLayer;
/// use axum::Router;
///
/// fn app(verifier: Verifier, impersonations: Impersonations, application: Router) -> Router {
///     application
///         .layer(AuthLayer::new(verifier.clone()))
///         .merge(Impersonation::new(impersonations, verifier).into_router())
/// }
/// ```
///
/// See the [crate's documentation](crate#starting-and-stopping) for its routes.
pub struct Impersonation {
    api: Api,
}

impl Impersonation {
    /// The routes of `impersonations`, for the sessions that `verifier` verifies: the application's own. It is built with
    /// [`Impersonations::verifier_builder`], or is [one of several](Verifier::any_of) of which one is.
    ///
    /// With a verifier that takes no impersonation cookie of this issuer, or records nothing, starts are refused with 500 and a
    /// line in the log.
    #[must_use]
    pub fn new(impersonations: Impersonations, verifier: Verifier) -> Self {
        Self {
            api: Api {
                impersonations,
                verifier,
                provider: None,
                exchange: None,
                has_told: Arc::default(),
            },
        }
    }

    /// Ends sessions of Clerk at Clerk as well, when they are stopped or revoked here: those whose tokens have `issuer` as their
    /// `iss`. By default, they are ended here alone.
    ///
    /// Whether it could be done is said by `provider` in the answer, and by the log. What an actor does at Clerk, and everything,
    /// is known to the record alone: of sessions that it has not seen Clerk is not asked. It is 200 sessions at most that a
    /// revocation ends there.
    #[cfg(feature = "clerk")]
    #[must_use]
    pub fn with_clerk(mut self, issuer: impl Into<String>, clerk: Clerk) -> Self {
        self.api.provider = Some(Arc::new(ClerkSessions {
            clerk,
            issuer: issuer.into(),
            log: self.api.impersonations.log().clone(),
        }));
        self
    }

    /// Serves token exchange (RFC 8693) at `/oauth/token`. By default, there is none.
    #[must_use]
    pub fn with_exchange(mut self, exchange: Exchange) -> Self {
        self.api.exchange = Some(exchange);
        self
    }

    /// The router: to be merged into an application or nested in it, outside of its authentication layer. Where it is nested,
    /// `/.well-known/jwks.json` is below the prefix, and `jwks_uri` has to say so.
    pub fn into_router(self) -> Router {
        let signed_in = AuthLayer::new(self.api.verifier.clone());
        // Around each method: what is answered with 405 needs no session.
        let mut private = Router::new()
            .route(
                "/impersonations",
                post(routes::start).route_layer(signed_in.clone()),
            )
            .route(
                "/impersonations/pending",
                get(routes::pending).route_layer(signed_in.clone()),
            )
            .route(
                "/impersonations/{id}/approve",
                post(routes::approve).route_layer(signed_in.clone()),
            )
            .route(
                "/impersonations/{id}/collect",
                post(routes::collect).route_layer(signed_in.clone()),
            )
            .route(
                "/impersonations/redeem",
                post(routes::redeem).route_layer(signed_in.clone()),
            )
            .route("/impersonations/current/stop", post(routes::stop))
            .route(
                "/impersonations/revoke",
                post(routes::revoke).route_layer(signed_in.clone()),
            )
            .route(
                "/me/consent",
                get(routes::consent)
                    .post(routes::give_consent)
                    .route_layer(signed_in.clone()),
            )
            .route(
                "/me/consent/withdraw",
                post(routes::withdraw_consent).route_layer(signed_in),
            )
            .route(description::PATH, get(description));
        if let Some(exchange) = &self.api.exchange {
            let exchange = post(routes::exchange).with_state(exchange.clone());
            private = private.route("/oauth/token", exchange);
        }
        Router::new()
            .route("/.well-known/jwks.json", get(routes::keys))
            .merge(private.layer(map_response(unshared)))
            .with_state(self.api)
    }
}

impl fmt::Debug for Impersonation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Impersonation").finish_non_exhaustive()
    }
}

/// Nobody keeps it, and no other site is told where somebody came from.
async fn unshared(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
