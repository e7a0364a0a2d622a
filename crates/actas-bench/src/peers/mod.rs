//! The peers, each set up to check what actas checks as far as it can: `exp`, `nbf`, `iss`, and `azp` or `aud`.

mod aliri;
mod axum_jwt_auth;
mod axum_keycloak_auth;
mod clerk_rs;
mod dioxus_clerk;
mod jsonwebtoken;
mod jwt_authorizer;
mod tower_oauth2;

use crate::case::Build::{self, Axum, Op};
use crate::case::{Backend, Case};
use crate::fixture::Algorithm;

pub(crate) fn all() -> Vec<Case> {
    [tokens(), axum(), actix()].concat()
}

fn tokens() -> Vec<Case> {
    let aws = |who, build| with_aws("token", who, build);
    let rsa = |who, build| rsa_only("token", who, build);
    let rust = |who, build| with_rust("token", who, build);
    [
        aws("jsonwebtoken-aws", Op(jsonwebtoken::token)),
        rust("jsonwebtoken-rust", Op(jsonwebtoken::token)),
        aws("jwt-authorizer", Op(jwt_authorizer::token)),
        aws("axum-jwt-auth-aws", Op(axum_jwt_auth::token)),
        rust("axum-jwt-auth", Op(axum_jwt_auth::token)),
        rsa("clerk-rs", Op(clerk_rs::token)),
        rsa("aliri", Op(aliri::token)),
        aws("axum-keycloak-auth", Op(axum_keycloak_auth::token)),
    ]
    .concat()
}

fn axum() -> Vec<Case> {
    let aws = |who, build| with_aws("axum", who, build);
    let rsa = |who, build| rsa_only("axum", who, build);
    let rust = |who, build| with_rust("axum", who, build);
    [
        aws("jsonwebtoken-aws", Axum(jsonwebtoken::axum)),
        rust("jsonwebtoken-rust", Axum(jsonwebtoken::axum)),
        aws("jwt-authorizer", Axum(jwt_authorizer::axum)),
        aws("axum-jwt-auth-aws", Axum(axum_jwt_auth::axum)),
        rust("axum-jwt-auth", Axum(axum_jwt_auth::axum)),
        aws("tower-oauth2-aws", Axum(tower_oauth2::axum)),
        rust("tower-oauth2", Axum(tower_oauth2::axum)),
        rsa("clerk-rs", Axum(clerk_rs::axum)),
        rsa("dioxus-clerk", Axum(dioxus_clerk::axum)),
        rsa("aliri", Axum(aliri::axum)),
        aws("axum-keycloak-auth", Axum(axum_keycloak_auth::axum)),
    ]
    .concat()
}

fn actix() -> Vec<Case> {
    [
        with_aws("actix", "httpauth-jsonwebtoken-aws", jsonwebtoken::actix()),
        with_rust("actix", "httpauth-jsonwebtoken-rust", jsonwebtoken::actix()),
        rsa_only("actix", "clerk-rs", clerk_rs::actix()),
    ]
    .concat()
}

fn with_aws(place: &'static str, who: &'static str, build: Build) -> Vec<Case> {
    cases(place, who, Algorithm::ALL, Backend::AwsLcRs, build)
}

fn with_rust(place: &'static str, who: &'static str, build: Build) -> Vec<Case> {
    cases(place, who, Algorithm::ALL, Backend::RustCrypto, build)
}

fn rsa_only(place: &'static str, who: &'static str, build: Build) -> Vec<Case> {
    cases(place, who, Algorithm::RSA, Backend::AwsLcRs, build)
}

/// One for each algorithm.
fn cases(
    place: &'static str,
    who: &'static str,
    algorithms: &[Algorithm],
    backend: Backend,
    build: Build,
) -> Vec<Case> {
    let calls = match backend {
        Backend::AwsLcRs => 50,
        Backend::RustCrypto => 10,
    };
    let case = |algorithm: &Algorithm| Case {
        place,
        who,
        algorithm: *algorithm,
        backend,
        calls,
        build,
    };
    algorithms.iter().map(case).collect()
}
