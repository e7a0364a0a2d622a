//! jsonwebtoken 11 as an application uses it, alone and with actix-web-httpauth.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web_httpauth::extractors::bearer::BearerAuth;
use actix_web_httpauth::middleware::HttpAuthentication;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

use crate::actix_apps;
use crate::axum_apps::{App, AppService};
use crate::case::{Build, Setup};
use crate::claims::SessionClaims;
use crate::fixture::{ISSUER, PARTY};
use crate::op::Op;
use crate::token::over;

/// Keys by `kid`, and the rules, both made once.
#[derive(Clone)]
struct Verifier {
    keys: Arc<HashMap<String, DecodingKey>>,
    validation: Arc<Validation>,
}

impl Verifier {
    fn new(setup: &Setup) -> Self {
        let jwks: JwkSet = serde_json::from_str(&setup.issued.jwks()).unwrap();
        let key = |jwk: &_| DecodingKey::from_jwk(jwk).unwrap();
        let keys = jwks
            .keys
            .iter()
            .map(|jwk| (jwk.common.key_id.clone().unwrap(), key(jwk)));
        let algorithm: Algorithm = setup.algorithm.name().parse().unwrap();
        let mut validation = Validation::new(algorithm);
        validation.validate_nbf = true;
        validation.leeway = 5;
        validation.set_issuer(&[ISSUER]);
        Self {
            keys: Arc::new(keys.collect()),
            validation: Arc::new(validation),
        }
    }

    fn verify(&self, token: &str) -> Option<SessionClaims> {
        let kid = decode_header(token).ok()?.kid?;
        let claims: SessionClaims = decode(token, self.keys.get(&kid)?, &self.validation)
            .ok()?
            .claims;
        claims
            .azp
            .as_deref()
            .is_none_or(|party| party == PARTY)
            .then_some(claims)
    }
}

pub(super) fn token(setup: &Setup) -> Op {
    let verifier = Verifier::new(setup);
    over(setup.issued.tokens.clone(), move |token| {
        black_box(verifier.verify(token).unwrap());
    })
}

pub(super) fn axum(setup: &Setup) -> App {
    let layer = from_fn_with_state(Verifier::new(setup), authenticate);
    let router = Router::new().route("/", get(handler)).layer(layer);
    App::new(setup, AppService::Router(router))
}

async fn handler(Extension(claims): Extension<SessionClaims>) -> String {
    claims.sub
}

async fn authenticate(
    State(verifier): State<Verifier>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let credential = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = credential.and_then(|value| value.strip_prefix("Bearer "));
    let claims = token
        .and_then(|token| verifier.verify(token))
        .ok_or(StatusCode::UNAUTHORIZED)?;
    request.extensions_mut().insert(claims);
    Ok(next.run(request).await)
}

pub(super) fn actix() -> Build {
    Build::Actix {
        op: actix_op,
        serve: actix_serve,
    }
}

fn actix_op(setup: &Setup) -> Op {
    let middleware = HttpAuthentication::bearer(check);
    let app = actix_web::App::new()
        .app_data(Verifier::new(setup))
        .route("/", actix_web::web::get().to(actix_handler))
        .wrap(middleware);
    actix_apps::calls(app, &setup.issued.tokens)
}

fn actix_serve(setup: &Setup) {
    let verifier = Verifier::new(setup);
    let app = move || {
        let middleware = HttpAuthentication::bearer(check);
        actix_web::App::new()
            .app_data(verifier.clone())
            .route("/", actix_web::web::get().to(actix_handler))
            .wrap(middleware)
    };
    actix_apps::serve(app, &setup.issued.tokens);
}

async fn actix_handler(claims: actix_web::web::ReqData<SessionClaims>) -> String {
    claims.into_inner().sub
}

async fn check(
    request: ServiceRequest,
    bearer: BearerAuth,
) -> Result<ServiceRequest, (actix_web::Error, ServiceRequest)> {
    let verifier = request.app_data::<Verifier>();
    let Some(claims) = verifier.and_then(|verifier| verifier.verify(bearer.token())) else {
        return Err((
            actix_web::error::ErrorUnauthorized("invalid token"),
            request,
        ));
    };
    request.extensions_mut().insert(claims);
    Ok(request)
}
