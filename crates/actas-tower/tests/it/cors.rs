//! CORS outside the layer, as the docs tell.

use actas_tower::{AuthLayer, deny_when_impersonated};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use tower::ServiceExt;
use tower_http::cors::CorsLayer;

use crate::support;
use crate::support::Issuer;

const APP: HeaderValue = HeaderValue::from_static("https://app.example.com");

async fn ask(issuer: &Issuer, request: Request<String>) -> Response<Body> {
    let cors = CorsLayer::new()
        .allow_origin([APP, HeaderValue::from_static("https://beta.example.com")])
        .allow_methods([Method::POST])
        .allow_headers([header::AUTHORIZATION]);
    let app: Router = Router::new()
        .route(
            "/",
            post(async || "changed").layer(deny_when_impersonated()),
        )
        .layer(AuthLayer::new(issuer.verifier()))
        .layer(cors);

    let mut request = request.map(Body::from);
    request.headers_mut().insert(header::ORIGIN, APP);
    app.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_preflight_needs_no_credential() {
    let mut preflight = support::request("OPTIONS", None);
    let headers = preflight.headers_mut();
    headers.insert("access-control-request-method", "POST".parse().unwrap());
    headers.insert(
        "access-control-request-headers",
        "authorization".parse().unwrap(),
    );

    let response = ask(&Issuer::new(), preflight).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        support::header(&response, "access-control-allow-origin"),
        APP
    );
    assert_eq!(
        support::header(&response, "access-control-allow-headers"),
        "authorization"
    );
}

#[tokio::test]
async fn every_answer_can_be_read_by_the_calling_page() {
    let issuer = Issuer::new();
    let (direct, impersonated) = (issuer.direct(), issuer.impersonated());
    for (token, status) in [
        (Some(&direct), StatusCode::OK),
        (Some(&impersonated), StatusCode::FORBIDDEN),
        (None, StatusCode::UNAUTHORIZED),
    ] {
        let request = support::request("POST", token.map(String::as_str));
        let response = ask(&issuer, request).await;
        assert_eq!(response.status(), status);
        assert_eq!(
            support::header(&response, "access-control-allow-origin"),
            APP
        );
        let vary = support::header(&response, "vary").to_lowercase();
        for name in ["authorization", "cookie", "origin"] {
            assert!(vary.split(", ").any(|listed| listed == name), "{vary}");
        }
    }
}
