use std::time::{Duration, Instant};

use actas_audit::AuditLog;
use actas_core::Verifier;
use actas_tower::AuthLayer;
use actas_tower::axum::Auth;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request};
use axum::routing::get;
use tower::Service;

use crate::fixture::{Algorithm, Signer, now_in_seconds, session_claims};
use crate::mode::builder;

/// An application, and the tokens of impersonated sessions that it is asked with.
pub(super) struct Client {
    app: Router,
    credentials: Vec<HeaderValue>,
}

impl Client {
    /// Its requests are recorded where there is a log.
    pub(super) fn new(sessions: usize, log: Option<&AuditLog>) -> Self {
        let signer = Signer::new(Algorithm::EdDsa);
        let verifier = builder(&signer.jwks(Algorithm::EdDsa), Algorithm::EdDsa);
        let verifier: Verifier = match log {
            Some(log) => verifier.with_audit(log.clone()).build(),
            None => verifier.build(),
        }
        .unwrap();
        let app = Router::new()
            .route("/users/{id}", get(user))
            .layer(AuthLayer::new(verifier))
            // As `axum::serve` does it.
            .with_state(());

        let now = now_in_seconds();
        let credential = |index| {
            let mut claims = session_claims(index, now);
            claims["sid"] = sid(index).into();
            let token = signer.token(Algorithm::EdDsa, &claims);
            HeaderValue::from_maybe_shared(Bytes::from(format!("Bearer {token}"))).unwrap()
        };
        let credentials = (0..sessions).map(credential).collect();
        Self { app, credentials }
    }

    /// One request in this session, read to its end, and how long it took.
    pub(super) async fn request(&self, session: usize) -> Duration {
        let request = Request::get("/users/7")
            .header(AUTHORIZATION, self.credentials[session].clone())
            .body(Body::empty())
            .unwrap();
        let mut app = self.app.clone();
        let started = Instant::now();
        let response = app.call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let body = axum::body::to_bytes(response.into_body(), 1024).await;
        assert!(!body.unwrap().is_empty());
        started.elapsed()
    }
}

pub(super) fn sid(index: usize) -> String {
    format!("sess_{index:027}")
}

async fn user(auth: Auth) -> String {
    auth.user_id.as_str().to_owned()
}
