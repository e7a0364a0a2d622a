//! The routes, described.

use axum::extract::OriginalUri;
use axum::response::Response;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApi};
use utoipa::{Modify, OpenApi as _};

use super::forms::Forms;
use super::routes;
use crate::wire::{Credentials, Problem, serve};

/// Where it is served.
pub(super) const PATH: &str = "/impersonations/openapi.json";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Impersonation",
        description = "Starts, approves, stops and revokes that somebody acts as a user. A body is JSON or a form; members that \
            are not described are refused.",
    ),
    paths(
        routes::start,
        routes::collect,
        routes::pending,
        routes::approve,
        routes::redeem,
        routes::stop,
        routes::revoke,
        routes::consent,
        routes::give_consent,
        routes::withdraw_consent,
        routes::keys,
        description,
    ),
    components(schemas(Problem)),
    modifiers(&Credentials, &ImpersonationCookie, &Forms),
)]
struct Description;

struct ImpersonationCookie;

impl Modify for ImpersonationCookie {
    fn modify(&self, description: &mut OpenApi) {
        let about = "The session token of an impersonation. It needs not hold any longer.";
        let cookie = ApiKeyValue::with_description("__Host-actas-impersonation", about);
        let components = description.components.take().unwrap_or_default();
        let components = ComponentsBuilder::from(components).security_scheme(
            "impersonation",
            SecurityScheme::ApiKey(ApiKey::Cookie(cookie)),
        );
        description.components = Some(components.build());
    }
}

/// This description.
#[utoipa::path(
    get,
    path = "/impersonations/openapi.json",
    operation_id = "describeImpersonation",
    tag = "description",
    responses((status = OK, description = "An OpenAPI document.", body = Object)),
)]
pub(super) async fn description(OriginalUri(uri): OriginalUri) -> Response {
    serve(Description::openapi(), &uri, PATH)
}
