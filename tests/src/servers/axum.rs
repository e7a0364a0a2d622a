use actas::Verifier;
use actas::axum::{
    Auth, AuthLayer, Direct, deny_when_impersonated, read_only_when_impersonated, require_auth,
    sensitive,
};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;

use super::session::{CACHED, is_from_dashboard, seen};

pub(super) async fn serve(listener: TcpListener, verifier: Verifier, cold: Verifier) {
    axum::serve(listener, app(verifier, cold)).await.unwrap();
}

fn app(verifier: Verifier, cold: Verifier) -> Router {
    let required = Router::new()
        .route("/me", get(session))
        .route("/cached", get(cached))
        .route("/password", post(session).layer(deny_when_impersonated()))
        .route("/account", post(account))
        .route(
            "/agents",
            post(session).layer(deny_when_impersonated().allow_agents()),
        )
        .route(
            "/support",
            post(session).layer(deny_when_impersonated().allow_actors(is_from_dashboard)),
        )
        .route("/keys", post(session).layer(sensitive()))
        .route("/notes", any(session).layer(read_only_when_impersonated()))
        .route(
            "/reported",
            post(session).layer(deny_when_impersonated().report_only()),
        )
        .layer(AuthLayer::new(verifier.clone()));
    let optional = Router::new()
        .route("/public/me", get(visitor))
        .route(
            "/public/password",
            post(session).layer(deny_when_impersonated()),
        )
        .route("/public/account", get(session).layer(require_auth()))
        .layer(AuthLayer::new(verifier).optional());
    let bare = Router::new().route(
        "/bare/password",
        post(session).layer(deny_when_impersonated()),
    );
    let cold = Router::new()
        .route("/cold/me", get(session))
        .route(
            "/cold/password",
            post(session).layer(deny_when_impersonated()),
        )
        .layer(AuthLayer::new(cold));
    required.merge(optional).merge(bare).merge(cold)
}

async fn session(auth: Auth) -> Json<Value> {
    Json(seen(Some(&auth)))
}

async fn visitor(auth: Option<Auth>) -> Json<Value> {
    Json(seen(auth.as_deref()))
}

async fn account(who: Direct) -> Json<Value> {
    Json(seen(Some(&who)))
}

async fn cached(auth: Auth) -> impl IntoResponse {
    ([(CACHE_CONTROL, CACHED)], Json(seen(Some(&auth))))
}
