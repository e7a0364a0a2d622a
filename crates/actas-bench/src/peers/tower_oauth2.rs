//! tower-oauth2-resource-server 0.12 with a fixed key set. What verifies its tokens is behind its layer.

use axum::routing::get;
use axum::{Extension, Router};
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;
use tower_oauth2_resource_server::validation::ClaimsValidationSpec;

use crate::axum_apps::{App, AppService};
use crate::case::Setup;
use crate::claims::SessionClaims;
use crate::fixture::ISSUER;
use crate::op::now;

pub(super) fn axum(setup: &Setup) -> App {
    let claims = ClaimsValidationSpec::new().exp(true).nbf(true).iss(ISSUER);
    let tenant = TenantConfiguration::static_builder(setup.issued.jwks())
        .claims_validation(claims)
        .build()
        .unwrap();
    let builder = <OAuth2ResourceServer<SessionClaims>>::builder().add_tenant(tenant);
    let server = now(builder.build()).unwrap();
    let router = Router::new()
        .route("/", get(handler))
        .layer(server.into_layer());
    App::new(setup, AppService::Router(router))
}

async fn handler(Extension(claims): Extension<SessionClaims>) -> String {
    claims.sub
}
