//! jwt-authorizer 0.15, which is on axum 0.7 and verifies with ring.

use std::hint::black_box;

use axum07::Router;
use axum07::routing::get;
use jwt_authorizer::{Authorizer, IntoLayer, JwtAuthorizer, JwtClaims, Validation};

use crate::axum_apps::{App, AppService};
use crate::case::Setup;
use crate::claims::SessionClaims;
use crate::fixture::ISSUER;
use crate::op::{Op, now};
use crate::token::over_async;

fn authorizer(setup: &Setup) -> Authorizer<SessionClaims> {
    let validation = Validation::new().iss(&[ISSUER]).nbf(true).leeway(5);
    let builder = JwtAuthorizer::from_jwks_text(&setup.issued.jwks()).validation(validation);
    now(builder.build()).unwrap()
}

pub(super) fn token(setup: &Setup) -> Op {
    let authorizer = authorizer(setup);
    over_async(setup, async move |token| {
        black_box(authorizer.check_auth(token).await.unwrap());
    })
}

pub(super) fn axum(setup: &Setup) -> App {
    let router = Router::new()
        .route("/", get(handler))
        .layer(authorizer(setup).into_layer());
    App::new(setup, AppService::Router07(router))
}

async fn handler(JwtClaims(claims): JwtClaims<SessionClaims>) -> String {
    claims.sub
}
