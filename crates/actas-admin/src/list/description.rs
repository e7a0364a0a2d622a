//! The routes, described.

use axum::extract::OriginalUri;
use axum::response::Response;
use utoipa::OpenApi as _;

use super::handlers;
use super::objects::Status;
use crate::wire::{Credentials, Problem, serve};

/// Where it is served.
pub(crate) const PATH: &str = "/openapi.json";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Impersonated sessions",
        description = "Who acted as whom, when, why, and what was done. Nobody who is impersonated may ask.",
    ),
    paths(
        handlers::sessions,
        handlers::session,
        handlers::events,
        handlers::impersonations,
        description,
    ),
    components(schemas(Problem, Status)),
    modifiers(&Credentials),
)]
struct Description;

/// This description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "describe",
    tag = "description",
    responses((status = OK, description = "An OpenAPI document.", body = Object)),
)]
pub(crate) async fn description(OriginalUri(uri): OriginalUri) -> Response {
    serve(Description::openapi(), &uri, PATH)
}
