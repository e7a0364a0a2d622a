//! axum-jwt-auth 0.7: an extractor on jsonwebtoken 10, which it builds with `rust_crypto`.

use std::hint::black_box;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use axum_jwt_auth::{Claims, Decoder, LocalDecoder};
use jsonwebtoken10::jwk::Jwk;
use jsonwebtoken10::{Algorithm, DecodingKey, Validation};

use crate::axum_apps::{App, AppService};
use crate::case::Setup;
use crate::claims::SessionClaims;
use crate::fixture::{ISSUER, PARTY};
use crate::op::Op;
use crate::token::over_async;

fn decoder(setup: &Setup) -> Decoder<SessionClaims> {
    let jwk: Jwk = serde_json::from_value(setup.issued.jwk.clone()).unwrap();
    let algorithm: Algorithm = setup.algorithm.name().parse().unwrap();
    let mut validation = Validation::new(algorithm);
    validation.validate_nbf = true;
    validation.leeway = 5;
    validation.set_issuer(&[ISSUER]);
    // It asks for an audience; Clerk's tokens have none, and without it in the required claims none is missed.
    validation.set_audience(&[PARTY]);
    let keys = vec![DecodingKey::from_jwk(&jwk).unwrap()];
    Arc::new(LocalDecoder::new(keys, validation).unwrap())
}

pub(super) fn token(setup: &Setup) -> Op {
    let decoder = decoder(setup);
    over_async(setup, async move |token| {
        black_box(decoder.decode(token).await.unwrap());
    })
}

#[derive(Clone)]
struct State {
    decoder: Decoder<SessionClaims>,
}

impl FromRef<State> for Decoder<SessionClaims> {
    fn from_ref(state: &State) -> Self {
        Arc::clone(&state.decoder)
    }
}

pub(super) fn axum(setup: &Setup) -> App {
    let state = State {
        decoder: decoder(setup),
    };
    let router = Router::new().route("/", get(handler)).with_state(state);
    App::new(setup, AppService::Router(router))
}

async fn handler(claims: Claims<SessionClaims>) -> String {
    claims.claims.sub
}
