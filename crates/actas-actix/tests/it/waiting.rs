//! Keys that are not there yet.

use std::cell::Cell;
use std::rc::Rc;

use actas_actix::{AuthLayer, Verified};
use actas_core::Error;
use actix_web::dev::Service;
use actix_web::test::init_service;
use actix_web::{App, web};
use futures_util::FutureExt;

use crate::support::{ColdKeys, Issuer, builder, request, send, whoami};

#[actix_web::test]
async fn a_request_waits_for_the_keys_and_goes_on_whole() {
    let issuer = Issuer::new();
    let (keys, gate) = ColdKeys::new();
    let verifier = builder(keys).build().unwrap();
    let app = App::new()
        .route(
            "/{name}",
            web::post().to(async |name: web::Path<String>, body: String| format!("{name}: {body}")),
        )
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let post = request("POST", "/echo", Some(&issuer.impersonated())).set_payload("hello");

    let mut response = Box::pin(send(&app, post.to_request()));
    assert!(response.as_mut().now_or_never().is_none());
    assert_eq!(gate.asked(), 1);
    gate.open(Ok(&issuer));
    let seen = response.await;

    assert_eq!((seen.status, seen.body.as_str()), (200, "echo: hello"));
    assert_eq!(seen.header("cache-control"), "private, no-store");
    assert_eq!(seen.header("vary"), "Authorization, Cookie");
}

#[actix_web::test]
async fn what_the_keys_refuse_never_runs() {
    let issuer = Issuer::new();
    let stranger = Issuer::new();
    let outage = Error::keys_unavailable(Some(17));
    let table = [
        (Err(outage), 503, "keys_unavailable", "17"),
        (Ok(&stranger), 401, "invalid_token", ""),
    ];
    for (arrival, status, code, retry_after) in table {
        let (keys, gate) = ColdKeys::new();
        gate.open(arrival);
        let verifier = builder(keys).build().unwrap();
        let ran = Rc::new(Cell::new(false));
        let runs = Rc::clone(&ran);
        let app = App::new()
            .route("/", web::get().to(whoami))
            .wrap_fn(move |request, next| {
                runs.set(true);
                next.call(request)
            })
            .wrap(AuthLayer::new(verifier).optional());
        let app = init_service(app).await;

        let seen = send(
            &app,
            request("GET", "/", Some(&issuer.direct())).to_request(),
        )
        .await;

        assert_eq!((seen.status, seen.code().as_str()), (status, code));
        assert_eq!(seen.header("retry-after"), retry_after);
        assert_eq!(seen.header("vary"), "Authorization, Cookie");
        assert_eq!(gate.asked(), 1);
        assert!(!ran.get());
    }
}

#[actix_web::test]
async fn a_request_that_is_given_up_never_runs() {
    let issuer = Issuer::new();
    let (keys, gate) = ColdKeys::new();
    let verifier = builder(keys).build().unwrap();
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;

    let mut given_up = Box::pin(send(
        &app,
        request("GET", "/", Some(&issuer.direct())).to_request(),
    ));
    assert!(given_up.as_mut().now_or_never().is_none());
    drop(given_up);
    gate.open(Ok(&issuer));
    let seen = send(
        &app,
        request("GET", "/", Some(&issuer.impersonated())).to_request(),
    )
    .await;

    assert_eq!(
        (seen.status, seen.body.as_str()),
        (200, "admin_1 as user_1")
    );
    assert_eq!(gate.asked(), 2);
}

#[actix_web::test]
async fn a_verified_session_waits_likewise() {
    let issuer = Issuer::new();
    for (arrival, status, body) in [
        (Ok(&issuer), 200, "user_1"),
        (Err(Error::keys_unavailable(None)), 503, ""),
    ] {
        let (keys, gate) = ColdKeys::new();
        let verifier = builder(keys).build().unwrap();
        let app = App::new().app_data(verifier).route(
            "/",
            web::get().to(async |session: Verified| session.user_id.to_string()),
        );
        let app = init_service(app).await;

        let direct = request("GET", "/", Some(&issuer.direct()));
        let mut response = Box::pin(send(&app, direct.to_request()));
        assert!(response.as_mut().now_or_never().is_none());
        gate.open(arrival);
        let seen = response.await;

        assert_eq!(seen.status, status);
        if status == 200 {
            assert_eq!(seen.body, body);
        }
    }
}
