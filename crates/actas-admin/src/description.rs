//! The routes, described.

use axum::extract::OriginalUri;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApi, Server};
use utoipa::{Modify, OpenApi as _};

use crate::handlers;
use crate::json;
use crate::objects::Status;
use crate::problem::Problem;

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

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, description: &mut OpenApi) {
        let session = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The session token of the application's own users."));
        let components = description.components.take().unwrap_or_default();
        description.components = Some(
            ComponentsBuilder::from(components)
                .security_scheme("session", SecurityScheme::Http(session.build()))
                .build(),
        );
    }
}

/// This description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "describe",
    tag = "description",
    responses((status = OK, description = "An OpenAPI document.", body = Object)),
)]
pub(crate) async fn description(OriginalUri(uri): OriginalUri) -> Response {
    let mut description = Description::openapi();
    // Where the routes are mounted is known by where this one was asked for.
    let root = uri.path().strip_suffix(PATH).unwrap_or_default();
    description.servers = Some(vec![Server::new(if root.is_empty() { "/" } else { root })]);
    match json::response(StatusCode::OK, "application/json", &description) {
        Ok(response) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
