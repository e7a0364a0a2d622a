//! The routes, described.

use axum::extract::{OriginalUri, State};
use axum::response::Response;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApi};
use utoipa::{Modify, OpenApi as _};

use super::api::Api;
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

/// The route of token exchange, where it is served.
#[derive(utoipa::OpenApi)]
#[openapi(paths(routes::exchange), modifiers(&Client))]
struct ExchangeDescription;

struct Client;

impl Modify for Client {
    fn modify(&self, description: &mut OpenApi) {
        let basic = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some(
                "A client and its secret. Both may stand in the form instead.",
            ));
        let components =
            ComponentsBuilder::new().security_scheme("client", SecurityScheme::Http(basic.build()));
        description.components = Some(components.build());
    }
}

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
pub(super) async fn description(State(api): State<Api>, OriginalUri(uri): OriginalUri) -> Response {
    let mut description = Description::openapi();
    if api.exchange.is_some() {
        description.merge(ExchangeDescription::openapi());
    }
    serve(description, &uri, PATH)
}
