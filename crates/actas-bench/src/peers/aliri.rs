//! aliri 0.6 with `aliri_oauth2` and `aliri_tower`. RSA only: its elliptic curves are OpenSSL's, and Ed25519 it has not.

use ::aliri::jwt::{
    Audiences, CoreClaims, CoreValidator, Issuer, IssuerRef, Jwt, Subject, SubjectRef,
};
use ::aliri::{Jwks, jwa};
use aliri_clock::UnixTime;
use aliri_oauth2::{Authority, HasScope, Scope, ScopePolicy};
use aliri_tower::Oauth2Authorizer;
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;

use crate::axum_apps::{App, AppService};
use crate::case::Setup;
use crate::claims::{ActorClaims, OrganizationClaims};
use crate::fixture::ISSUER;
use crate::op::Op;
use crate::token::over;

#[derive(Clone, Debug, Deserialize)]
#[expect(
    dead_code,
    reason = "an application reads them; here it is their reading that counts"
)]
struct SessionClaims {
    iss: Issuer,
    sub: Subject,
    sid: String,
    azp: Option<String>,
    sts: Option<String>,
    exp: UnixTime,
    nbf: UnixTime,
    iat: UnixTime,
    fva: Option<[i64; 2]>,
    act: Option<ActorClaims>,
    o: Option<OrganizationClaims>,
    #[serde(default)]
    aud: Audiences,
    #[serde(default)]
    scope: Scope,
}

impl CoreClaims for SessionClaims {
    fn nbf(&self) -> Option<UnixTime> {
        Some(self.nbf)
    }

    fn exp(&self) -> Option<UnixTime> {
        Some(self.exp)
    }

    fn aud(&self) -> &Audiences {
        &self.aud
    }

    fn iss(&self) -> Option<&IssuerRef> {
        Some(&self.iss)
    }

    fn sub(&self) -> Option<&SubjectRef> {
        Some(&self.sub)
    }
}

impl HasScope for SessionClaims {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

fn authority(setup: &Setup) -> Authority {
    let jwks: Jwks = serde_json::from_str(&setup.issued.jwks()).unwrap();
    let validator = CoreValidator::default()
        .add_approved_algorithm(jwa::Algorithm::RS256)
        .check_expiration()
        .check_not_before()
        .with_leeway_secs(5)
        .require_issuer(Issuer::from_static(ISSUER));
    Authority::new(jwks, validator)
}

pub(super) fn token(setup: &Setup) -> Op {
    let (authority, policy) = (authority(setup), ScopePolicy::allow_any());
    let tokens: Vec<_> = setup
        .issued
        .tokens
        .iter()
        .map(|token| Jwt::from(token.as_str()))
        .collect();
    over(tokens, move |token| {
        std::hint::black_box(
            authority
                .verify_token::<SessionClaims>(token, &policy)
                .unwrap(),
        );
    })
}

pub(super) fn axum(setup: &Setup) -> App {
    let authorizer = Oauth2Authorizer::new()
        .with_claims::<SessionClaims>()
        .with_terse_error_handler();
    let router = Router::new()
        .route("/", get(handler))
        .layer(authorizer.jwt_layer(authority(setup)));
    App::new(setup, AppService::Router(router))
}

async fn handler(Extension(claims): Extension<SessionClaims>) -> String {
    claims.sub.to_string()
}
