//! dioxus-clerk 0.8 with a fixed key set. What verifies its tokens is behind its layer; RS256 is all it verifies.

use axum::Router;
use axum::routing::get;
use dioxus_clerk::core::ClerkAuth;
use dioxus_clerk::server::{ClerkAuthLayer, ClerkAuthLayerConfig};

use crate::axum_apps::{App, AppService};
use crate::case::Setup;
use crate::fixture::{ISSUER, PARTY};

pub(super) fn axum(setup: &Setup) -> App {
    let config = ClerkAuthLayerConfig::new("")
        .with_static_jwks(setup.issued.jwks())
        .add_authorized_party(PARTY)
        .add_issuer(ISSUER);
    let layer = ClerkAuthLayer::from_config(config).unwrap();
    let router = Router::new().route("/", get(handler)).layer(layer);
    App::new(setup, AppService::Router(router))
}

async fn handler(auth: ClerkAuth) -> String {
    auth.user_id
}
