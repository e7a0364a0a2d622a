use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::readiness::Obstacle;

type Answer = (StatusCode, [(HeaderName, &'static str); 1], Json<Value>);

/// The API, with the routes that tell whether it can be asked. Each request is logged.
pub(super) fn routes(api: Router, obstacle: watch::Receiver<Option<Obstacle>>) -> Router {
    let health = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(obstacle);
    // Health is asked for each second, and not worth a line.
    api.layer(from_fn(logged)).merge(health)
}

async fn healthz() -> Answer {
    answer(StatusCode::OK, &json!({ "status": "ok" }))
}

async fn readyz(State(obstacle): State<watch::Receiver<Option<Obstacle>>>) -> Answer {
    let obstacle = *obstacle.borrow();
    match obstacle {
        None => answer(StatusCode::OK, &json!({ "status": "ready" })),
        Some(obstacle) => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({ "status": "not_ready", "obstacle": obstacle.name() }),
        ),
    }
}

fn answer(status: StatusCode, body: &Value) -> Answer {
    (status, [(CACHE_CONTROL, "no-store")], Json(body.clone()))
}

/// By the route's template: a path may hold an id.
async fn logged(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        method = %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        milliseconds,
        "answered"
    );
    response
}
