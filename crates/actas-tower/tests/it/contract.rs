//! The contract of `tower::Service`: the service that was polled ready is the one called, waiting for keys or not.

use std::fmt::Debug;
use std::pin::pin;

use actas_core::{Error, Verifier};
use actas_tower::{AuthLayer, require_auth};
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use tower::buffer::BufferLayer;
use tower::limit::ConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

use crate::support::{ColdKeys, Issuer, builder, header, request, text, whoami};

/// One service answers one request after the other, each after it was polled ready.
async fn serves<S, B>(stack: impl Fn(AuthLayer) -> S)
where
    S: Service<Request<String>, Response = Response<B>>,
    S::Error: Debug,
{
    let issuer = Issuer::new();
    let (cold, gate) = ColdKeys::new();
    gate.open(Ok(&issuer));
    let cold = builder(cold).build().unwrap();

    let (direct, impersonated) = (issuer.direct(), issuer.impersonated());
    let foreign = Issuer::new().direct();
    let requests = [
        (Some(direct.as_str()), StatusCode::OK),
        (None, StatusCode::UNAUTHORIZED),
        (Some(impersonated.as_str()), StatusCode::OK),
        (Some(foreign.as_str()), StatusCode::UNAUTHORIZED),
        (Some("forged"), StatusCode::UNAUTHORIZED),
        (Some(direct.as_str()), StatusCode::OK),
    ];
    for verifier in [issuer.verifier(), cold] {
        let mut service = stack(AuthLayer::new(verifier));
        for (token, status) in requests {
            let ready = service.ready().await.unwrap();
            let response = ready.call(request("GET", token)).await.unwrap();
            assert_eq!(response.status(), status);
        }
    }
    assert_eq!(
        gate.asked(),
        4,
        "three that verify and the foreign one waited"
    );
}

#[tokio::test]
async fn around_a_concurrency_limit() {
    serves(|auth| {
        ServiceBuilder::new()
            .layer(auth)
            .layer(ConcurrencyLimitLayer::new(1))
            .layer(require_auth())
            .layer(ConcurrencyLimitLayer::new(1))
            .service_fn(whoami)
    })
    .await;
}

#[tokio::test]
async fn inside_a_concurrency_limit() {
    serves(|auth| {
        ServiceBuilder::new()
            .layer(ConcurrencyLimitLayer::new(1))
            .layer(auth)
            .service_fn(whoami)
    })
    .await;
}

#[tokio::test]
async fn around_a_buffer() {
    serves(|auth| {
        ServiceBuilder::new()
            .layer(auth)
            .layer(BufferLayer::new(1))
            .layer(require_auth())
            .service_fn(whoami)
    })
    .await;
}

#[tokio::test]
async fn inside_a_buffer() {
    serves(|auth| {
        ServiceBuilder::new()
            .layer(BufferLayer::new(1))
            .layer(auth)
            .service_fn(whoami)
    })
    .await;
}

#[tokio::test]
async fn around_load_shedding() {
    serves(|auth| {
        ServiceBuilder::new()
            .layer(auth)
            .layer(LoadShedLayer::new())
            .layer(ConcurrencyLimitLayer::new(1))
            .layer(require_auth())
            .service_fn(whoami)
    })
    .await;
}

#[tokio::test]
async fn inside_load_shedding() {
    serves(|auth| {
        ServiceBuilder::new()
            .layer(LoadShedLayer::new())
            .layer(ConcurrencyLimitLayer::new(1))
            .layer(auth)
            .service_fn(whoami)
    })
    .await;
}

#[tokio::test]
async fn a_request_that_waits_for_keys_holds_the_place_it_was_given() {
    let issuer = Issuer::new();
    let (keys, gate) = ColdKeys::new();
    let verifier = builder(keys).build().unwrap();
    let mut service = ServiceBuilder::new()
        .layer(AuthLayer::new(verifier))
        .layer(ConcurrencyLimitLayer::new(1))
        .service_fn(whoami);

    let token = issuer.direct();
    let ready = service.ready().await.unwrap();
    let mut waiting = pin!(ready.call(request("GET", Some(&token))));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert!(
        service.ready().now_or_never().is_none(),
        "the only place is taken"
    );

    gate.open(Ok(&issuer));
    let response = waiting.await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "user_1");
    assert_eq!(gate.asked(), 1);
}

#[tokio::test]
async fn a_place_is_free_again_when_a_wait_is_dropped() {
    let issuer = Issuer::new();
    let (keys, _gate) = ColdKeys::new();
    let verifier = builder(keys).build().unwrap();
    let mut service = ServiceBuilder::new()
        .layer(AuthLayer::new(verifier))
        .layer(ConcurrencyLimitLayer::new(1))
        .service_fn(whoami);

    let token = issuer.direct();
    let ready = service.ready().await.unwrap();
    let waiting = ready.call(request("GET", Some(&token)));
    assert!(service.ready().now_or_never().is_none());

    drop(waiting);
    assert!(service.ready().now_or_never().is_some());
}

#[tokio::test]
async fn an_outage_is_503_and_the_service_is_not_called() {
    let issuer = Issuer::new();
    let (keys, gate) = ColdKeys::new();
    gate.open(Err(Error::keys_unavailable(Some(7))));
    let verifier: Verifier = builder(keys).build().unwrap();

    // Optional is no way around an outage.
    for layer in [
        AuthLayer::new(verifier.clone()),
        AuthLayer::new(verifier).optional(),
    ] {
        let service = ServiceBuilder::new().layer(layer).service(service_fn(
            async |_: Request<String>| -> Result<Response<String>, String> {
                Err("called".to_owned())
            },
        ));
        let token = issuer.direct();
        let response = service.oneshot(request("GET", Some(&token))).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(header(&response, "retry-after"), "7");
        assert_eq!(header(&response, "vary"), "Authorization, Cookie");
    }
}

#[tokio::test]
async fn an_error_of_the_service_stays_its_own() {
    let issuer = Issuer::new();
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(issuer.verifier()))
        .layer(require_auth())
        .service(service_fn(
            async |_: Request<String>| -> Result<Response<String>, String> {
                Err("broken".to_owned())
            },
        ));

    let token = issuer.direct();
    let error = service
        .oneshot(request("GET", Some(&token)))
        .await
        .unwrap_err();
    assert_eq!(error, "broken");
}
