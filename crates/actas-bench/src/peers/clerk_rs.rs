//! clerk-rs 0.5. Its keys come through its own trait; RS256 is all it verifies.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Router};
use clerk_rs::validators::actix::ClerkMiddleware;
use clerk_rs::validators::authorizer::{ClerkError, ClerkJwt, validate_jwt};
use clerk_rs::validators::axum::ClerkLayer;
use clerk_rs::validators::jwks::{JwksKey, JwksProvider};

use crate::actix_apps;
use crate::axum_apps::{App, AppService};
use crate::case::{Build, Setup};
use crate::op::Op;
use crate::token::over_async;

/// Does what the crate's cache of keys does for a key that it has.
#[derive(Clone)]
struct Keys(Arc<HashMap<String, JwksKey>>);

impl Keys {
    fn new(setup: &Setup) -> Self {
        let key: JwksKey = serde_json::from_value(setup.issued.jwk.clone()).unwrap();
        Self(Arc::new(HashMap::from([(key.kid.clone(), key)])))
    }
}

#[async_trait::async_trait]
impl JwksProvider for Keys {
    type Error = ClerkError;

    async fn get_key(&self, kid: &str) -> Result<JwksKey, ClerkError> {
        let key = self.0.get(kid).cloned();
        key.ok_or_else(|| ClerkError::Unauthorized(String::new()))
    }
}

pub(super) fn token(setup: &Setup) -> Op {
    let keys = Arc::new(Keys::new(setup));
    over_async(setup, async move |token| {
        black_box(validate_jwt(token, Arc::clone(&keys)).await.unwrap());
    })
}

pub(super) fn axum(setup: &Setup) -> App {
    let layer = ClerkLayer::new(Keys::new(setup), None, true);
    let router = Router::new().route("/", get(handler)).layer(layer);
    App::new(setup, AppService::Router(router))
}

async fn handler(Extension(claims): Extension<ClerkJwt>) -> String {
    claims.sub
}

pub(super) fn actix() -> Build {
    Build::Actix {
        op: actix_op,
        serve: actix_serve,
    }
}

fn actix_op(setup: &Setup) -> Op {
    let middleware = ClerkMiddleware::new(Keys::new(setup), None, true);
    let app = actix_web::App::new()
        .route("/", actix_web::web::get().to(actix_handler))
        .wrap(middleware);
    actix_apps::calls(app, &setup.issued.tokens)
}

fn actix_serve(setup: &Setup) {
    let keys = Keys::new(setup);
    let app = move || {
        let middleware = ClerkMiddleware::new(keys.clone(), None, true);
        actix_web::App::new()
            .route("/", actix_web::web::get().to(actix_handler))
            .wrap(middleware)
    };
    actix_apps::serve(app, &setup.issued.tokens);
}

async fn actix_handler(claims: actix_web::web::ReqData<ClerkJwt>) -> String {
    claims.into_inner().sub
}
