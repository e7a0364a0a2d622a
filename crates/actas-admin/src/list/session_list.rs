use std::fmt;
use std::sync::Arc;

use actas_audit::AuditLog;
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;

use super::description::{self, description};
use super::handlers::{Api, events, impersonations, session, sessions};
use super::policy::{AnyPolicy, AuditPolicy};

/// The list of impersonated sessions, as a router.
///
/// See the [crate's documentation](crate) for its routes and an example.
pub struct SessionList {
    log: AuditLog,
    policy: Arc<dyn AnyPolicy>,
}

impl SessionList {
    /// The sessions in `log`, each for those who may read it by `policy`.
    #[must_use]
    pub fn new(log: AuditLog, policy: impl AuditPolicy) -> Self {
        Self {
            log,
            policy: Arc::new(policy),
        }
    }

    /// The router: to be nested in an application, inside its authentication layer.
    pub fn into_router(self) -> Router {
        Router::new()
            .route("/sessions", get(sessions))
            .route("/sessions/{id}", get(session))
            .route("/sessions/{id}/events", get(events))
            .route("/me/impersonations", get(impersonations))
            .route(description::PATH, get(description))
            .layer(map_response(no_store))
            .with_state(Api {
                log: self.log,
                policy: self.policy,
            })
    }
}

impl fmt::Debug for SessionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionList").finish_non_exhaustive()
    }
}

async fn no_store(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}
