//! axum-keycloak-auth 0.8, which finds its keys by discovery and takes no token but one of Keycloak's shape.

use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Json, Router};
use axum_keycloak_auth::decode::KeycloakToken;
use axum_keycloak_auth::instance::{KeycloakAuthInstance, KeycloakConfig};
use axum_keycloak_auth::layer::KeycloakAuthLayer;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::axum_apps::{App, AppService};
use crate::case::Setup;
use crate::fixture::{AUDIENCE, ISSUER};
use crate::op::{Op, now};
use crate::token::over;

/// The layer, once it has its keys from an issuer that answers on the loopback interface until then.
fn layer(setup: &Setup) -> KeycloakAuthLayer<String> {
    let jwks: Value = serde_json::from_str(&setup.issued.jwks()).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(operational(jwks))
    })
    .join()
    .unwrap()
}

async fn operational(jwks: Value) -> KeycloakAuthLayer<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let discovery = metadata(&origin);
    let issuer = Router::new()
        .route(
            "/realms/acme/.well-known/openid-configuration",
            get(async move || Json(discovery)),
        )
        .route("/jwks", get(async move || Json(jwks)));
    tokio::spawn(async { axum::serve(listener, issuer).await });

    let config = KeycloakConfig::builder()
        .server(origin.parse().unwrap())
        .realm("acme".to_owned())
        .build();
    let instance = Arc::new(KeycloakAuthInstance::new(config));
    while !instance.is_operational().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    KeycloakAuthLayer::<String>::builder()
        .instance(instance)
        .expected_audiences(vec![AUDIENCE.to_owned()])
        .build()
}

fn metadata(origin: &str) -> Value {
    json!({
        "issuer": format!("{ISSUER}/realms/acme"),
        "authorization_endpoint": format!("{origin}/auth"),
        "token_endpoint": format!("{origin}/token"),
        "jwks_uri": format!("{origin}/jwks"),
        "end_session_endpoint": format!("{origin}/logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"]
    })
}

pub(super) fn token(setup: &Setup) -> Op {
    let layer = layer(setup);
    over(setup.issued.keycloak_tokens.clone(), move |token| {
        std::hint::black_box(now(layer.validate_raw_token(token)).unwrap());
    })
}

pub(super) fn axum(setup: &Setup) -> App {
    let router = Router::new().route("/", get(handler)).layer(layer(setup));
    App::with_tokens(
        AppService::Router(router),
        setup.issued.keycloak_tokens.clone(),
    )
}

async fn handler(Extension(token): Extension<KeycloakToken<String>>) -> String {
    token.subject
}
