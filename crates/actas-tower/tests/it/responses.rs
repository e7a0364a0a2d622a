//! What is sent back: refusals, and the headers of every response.

use std::convert::Infallible;

use actas_tower::{AuthLayer, ResponseBody};
use http::{Request, Response, StatusCode};
use http_body::Body;
use serde_json::Value;
use tower::{ServiceBuilder, ServiceExt};

use crate::support::{Issuer, header, request, text, whoami};

async fn ask(issuer: &Issuer, request: Request<String>) -> Response<ResponseBody<String>> {
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(issuer.verifier()))
        .service_fn(whoami);
    service.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_missing_credential_is_a_bare_challenge() {
    let response = ask(&Issuer::new(), request("GET", None)).await;

    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(header(&response, "www-authenticate"), "Bearer");
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert_eq!(header(&response, "vary"), "Authorization, Cookie");
    let hint = response.body().size_hint().exact();
    let body = text(response).await;
    assert_eq!(hint, Some(body.len() as u64));
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["status"], 401);
}

#[tokio::test]
async fn an_invalid_token_says_so() {
    let response = ask(&Issuer::new(), request("GET", Some("a.b.c"))).await;

    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = header(&response, "www-authenticate");
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}

#[tokio::test]
async fn two_credentials_are_none() {
    let issuer = Issuer::new();
    let mut request = request("GET", Some(&issuer.direct()));
    request
        .headers_mut()
        .append("authorization", "Bearer x".parse().unwrap());

    let response = ask(&issuer, request).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_bad_request() {
    let mut request = request("GET", None);
    let value = http::HeaderValue::from_bytes(b"Bearer \xff").unwrap();
    request.headers_mut().insert("authorization", value);

    let response = ask(&Issuer::new(), request).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_grpc_call_is_refused_in_trailers_only() {
    let mut request = request("POST", None);
    let content_type = "application/grpc".parse().unwrap();
    request.headers_mut().insert("content-type", content_type);

    let response = ask(&Issuer::new(), request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "content-type"), "application/grpc");
    assert_eq!(header(&response, "grpc-status"), "16");
    assert!(response.body().is_end_stream());
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn the_body_of_the_service_is_passed_on() {
    let issuer = Issuer::new();
    let response = ask(&issuer, request("GET", Some(&issuer.direct()))).await;

    assert!(!response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), Some(6));
    assert_eq!(text(response).await, "user_1");
}

#[tokio::test]
async fn the_headers_of_the_service_are_merged_and_replaced() {
    let issuer = Issuer::new();
    for (token, cache_control) in [
        (issuer.direct(), "public, max-age=60"),
        (issuer.impersonated(), "private, no-store"),
        (issuer.agent(), "private, no-store"),
    ] {
        let service = ServiceBuilder::new()
            .layer(AuthLayer::new(issuer.verifier()))
            .layer(AuthLayer::new(issuer.verifier()))
            .service_fn(async |_: Request<String>| {
                let mut response = Response::new(String::new());
                let headers = response.headers_mut();
                headers.insert("vary", "accept-encoding, COOKIE".parse().unwrap());
                headers.insert("cache-control", "public, max-age=60".parse().unwrap());
                Ok::<_, Infallible>(response)
            });

        let response = service.oneshot(request("GET", Some(&token))).await.unwrap();
        assert_eq!(
            header(&response, "vary"),
            "accept-encoding, COOKIE, Authorization"
        );
        assert_eq!(header(&response, "cache-control"), cache_control);
    }
}
