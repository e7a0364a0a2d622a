//! What becomes of the record of an impersonated request.

use std::cell::Cell;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actas_actix::{
    Auth, AuthLayer, Direct, Rejection, Verified, deny_when_impersonated, sensitive,
};
use actas_core::{AuditEnd, AuditOutcome};
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::test::init_service;
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, error, web};
use futures_util::FutureExt;
use futures_util::future::poll_fn;

use crate::sink::{Commit, audited, audited_when, sink};
use crate::support::{ColdKeys, Issuer, builder, request, send, whoami};

/// Chunks that the test chooses, and no word of when they end.
struct Chunks(Vec<Result<&'static str, &'static str>>);

impl Chunks {
    fn new<const N: usize>(mut chunks: [Result<&'static str, &'static str>; N]) -> Self {
        chunks.reverse();
        Self(chunks.to_vec())
    }
}

impl MessageBody for Chunks {
    type Error = actix_web::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let chunk = self.0.pop();
        Poll::Ready(chunk.map(|chunk| {
            let chunk = chunk.map(|chunk| Bytes::from_static(chunk.as_bytes()));
            chunk.map_err(error::ErrorBadGateway)
        }))
    }
}

/// The response to an impersonated `method`, and how its record stands once `polls` of its body are done and the rest is
/// dropped, or is still there.
async fn ended(
    method: &str,
    respond: impl Fn() -> HttpResponse + Clone + 'static,
    polls: usize,
    dropped: bool,
) -> AuditOutcome {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = App::new()
        .route("/", web::route().to(move || std::future::ready(respond())))
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let token = issuer.impersonated();
    let asked = request(method, "/", Some(&token)).to_request();
    let response = app.call(asked).await.unwrap();
    let mut body = Box::pin(response.into_body());
    for _ in 0..polls {
        drop(poll_fn(|cx| body.as_mut().poll_next(cx)).await);
    }
    if dropped {
        drop(body);
    } else {
        std::mem::forget(body);
    }
    records.finished()
}

#[actix_web::test]
async fn a_request_runs_once_it_is_written_down() {
    let issuer = Issuer::new();
    let (cold, gate) = ColdKeys::new();
    let (sink, mut cold_records) = sink(Commit::Waits);
    let cold = builder(cold).with_audit(sink).build().unwrap();
    let (warm, mut records) = audited_when(&issuer, Commit::Waits);
    gate.open(Ok(&issuer));
    for (verifier, records) in [(warm, &mut records), (cold, &mut cold_records)] {
        let ran = Rc::new(Cell::new(false));
        let runs = Rc::clone(&ran);
        let app = App::new()
            .route("/", web::post().to(whoami))
            .wrap_fn(move |request, next| {
                runs.set(true);
                next.call(request)
            })
            .wrap(AuthLayer::new(verifier));
        let app = init_service(app).await;
        let token = issuer.impersonated();
        let mut waiting = Box::pin(app.call(request("POST", "/", Some(&token)).to_request()));
        while records.nothing_reserved() {
            assert!(waiting.as_mut().now_or_never().is_none());
            actix_web::rt::task::yield_now().await;
        }
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(!ran.get());
        let reserved = records.reserved();
        assert_eq!(reserved.method, "POST");
        assert_eq!(reserved.session.user_id, "user_1");

        records.commit(Commit::Written);
        let response = waiting.await.unwrap();
        assert!(ran.get());
        assert!(records.nothing_finished());
        let body = actix_web::test::read_body(response).await;
        assert_eq!(body, "admin_1 as user_1");
        let outcome = records.finished();
        assert_eq!(outcome.end, AuditEnd::Completed);
        assert_eq!(outcome.status, Some(200));
        assert_eq!(outcome.denied_by, None);
    }
}

#[actix_web::test]
async fn what_cannot_be_written_down_does_not_run_and_direct_requests_do() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited_when(&issuer, Commit::Fails);
    for layer in [
        AuthLayer::new(verifier.clone()),
        AuthLayer::new(verifier).optional(),
    ] {
        let ran = Rc::new(Cell::new(false));
        let runs = Rc::clone(&ran);
        let app = App::new()
            .route("/", web::post().to(whoami))
            .wrap_fn(move |request, next| {
                runs.set(true);
                next.call(request)
            })
            .wrap(layer);
        let app = init_service(app).await;
        let token = issuer.impersonated();
        let seen = send(&app, request("POST", "/", Some(&token)).to_request()).await;
        assert_eq!(
            (seen.status, seen.code().as_str()),
            (503, "audit_unavailable")
        );
        assert_eq!(seen.header("retry-after"), "7");
        assert!(!ran.get());
        records.reserved();

        let direct = request("POST", "/", Some(&issuer.direct())).to_request();
        let seen = send(&app, direct).await;
        assert_eq!((seen.status, seen.body.as_str()), (200, "user_1"));
        assert!(ran.get());
        assert!(records.nothing_reserved() && records.nothing_finished());
    }
}

#[actix_web::test]
async fn under_optional_authentication_only_the_impersonated_are_recorded() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap(AuthLayer::new(verifier).optional());
    let app = init_service(app).await;
    for token in [None, Some(issuer.direct())] {
        send(&app, request("GET", "/", token.as_deref()).to_request()).await;
        assert!(records.nothing_reserved() && records.nothing_finished());
    }
    let token = issuer.impersonated();
    let seen = send(&app, request("GET", "/", Some(&token)).to_request()).await;
    assert_eq!(seen.body, "admin_1 as user_1");
    assert_eq!(records.finished().end, AuditEnd::Completed);
    records.reserved();
}

#[actix_web::test]
async fn two_layers_write_one_record() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    for inner in [verifier.clone(), issuer.verifier()] {
        let noting = web::post().to(async |auth: Auth| {
            auth.note("invoice", 7);
            match auth.require_direct() {
                Ok(_) => HttpResponse::Ok().body("noted"),
                Err(_) => HttpResponse::Forbidden().body("noted"),
            }
        });
        let guarded = web::resource("/note").route(noting);
        let guarded = guarded.wrap(sensitive().report_only());
        let app = App::new()
            .service(guarded.wrap(AuthLayer::new(inner)))
            .wrap(AuthLayer::new(verifier.clone()).optional());
        let app = init_service(app).await;
        let token = issuer.impersonated();
        let asked = request("POST", "/note", Some(&token)).to_request();
        let response = app.call(asked).await.unwrap();
        records.reserved();
        assert!(records.nothing_finished(), "the body has not been sent");
        assert_eq!(actix_web::test::read_body(response).await, "noted");
        let outcome = records.finished();
        assert_eq!(outcome.end, AuditEnd::Completed);
        assert_eq!(outcome.status, Some(403));
        assert_eq!(outcome.route.as_deref(), Some("/note"));
        assert_eq!(outcome.denied_by, Some("direct"));
        assert_eq!(outcome.reported, ["sensitive"]);
        assert_eq!(outcome.notes[0].value, "7");
    }
}

#[actix_web::test]
async fn what_is_told_to_runs_unrecorded() {
    let issuer = Issuer::new();
    let (sink, mut records) = sink(Commit::Fails);
    let verifier = builder(issuer.keys()).with_audit(sink);
    let verifier = verifier.insecure_run_unrecorded().build().unwrap();
    let app = App::new()
        .route("/", web::post().to(whoami))
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let token = issuer.impersonated();
    let seen = send(&app, request("POST", "/", Some(&token)).to_request()).await;
    assert_eq!(
        (seen.status, seen.body.as_str()),
        (200, "admin_1 as user_1")
    );
    records.reserved();
    assert!(records.nothing_finished());
}

#[actix_web::test]
async fn a_request_given_up_before_it_was_written_down_does_not_run() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited_when(&issuer, Commit::Waits);
    let ran = Rc::new(Cell::new(false));
    let runs = Rc::clone(&ran);
    let app = App::new()
        .route("/", web::post().to(whoami))
        .wrap_fn(move |request, next| {
            runs.set(true);
            next.call(request)
        })
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let token = issuer.impersonated();
    let mut waiting = Box::pin(app.call(request("POST", "/", Some(&token)).to_request()));
    assert!(waiting.as_mut().now_or_never().is_none());
    records.reserved();

    drop(waiting);
    assert!(!ran.get());
    assert!(records.nothing_finished(), "no permit, no outcome");
}

#[actix_web::test]
async fn guards_extractors_and_the_handler_write_into_the_record() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let noting = || {
        web::post().to(async |auth: Auth| {
            auth.note("invoice", 7);
            "noted"
        })
    };
    let app = App::new()
        .route("/denied", noting().wrap(deny_when_impersonated()))
        .route("/reported", noting().wrap(sensitive().report_only()))
        .route("/proof", web::post().to(async |_: Direct| "direct"))
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    for (path, rule) in [("/denied", "deny_when_impersonated"), ("/proof", "direct")] {
        let token = issuer.impersonated();
        send(&app, request("POST", path, Some(&token)).to_request()).await;
        let outcome = records.finished();
        assert_eq!(outcome.end, AuditEnd::Completed);
        assert_eq!(outcome.denied_by, Some(rule));
        assert_eq!(outcome.status, Some(403));
        assert!(outcome.notes.is_empty());
    }
    let token = issuer.impersonated();
    let call = request("POST", "/proof", Some(&token));
    let call = call.insert_header(("content-type", "application/grpc"));
    assert_eq!(
        send(&app, call.to_request()).await.header("grpc-status"),
        "7"
    );
    let outcome = records.finished();
    assert_eq!(
        (outcome.denied_by, outcome.status),
        (Some("direct"), Some(200))
    );
    send(
        &app,
        request("POST", "/reported", Some(&token)).to_request(),
    )
    .await;
    let outcome = records.finished();
    assert_eq!(outcome.denied_by, None);
    assert_eq!(outcome.status, Some(200));
    assert_eq!(outcome.reported, ["sensitive"]);
    assert_eq!(outcome.notes[0].value, "7");
}

#[actix_web::test]
async fn a_handler_that_goes_on_without_the_proof_was_not_denied() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = App::new()
        .route(
            "/",
            web::post().to(async |_: Result<Direct, Rejection>| "ran"),
        )
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let token = issuer.impersonated();
    let seen = send(&app, request("POST", "/", Some(&token)).to_request()).await;
    assert_eq!(seen.body, "ran");
    let outcome = records.finished();
    assert_eq!(outcome.denied_by, None);
    assert_eq!(outcome.reported, ["direct"]);
}

#[actix_web::test]
async fn the_route_is_the_template_and_never_the_path() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    for (on_resource, template) in [(true, Some("/shop/users/{id}")), (false, None)] {
        let layer = |wanted| {
            actix_web::middleware::Condition::new(wanted, AuthLayer::new(verifier.clone()))
        };
        let resource = web::resource("/users/{id}").route(web::get().to(whoami));
        let app = App::new()
            .service(web::scope("/shop").service(resource.wrap(layer(on_resource))))
            .wrap(layer(!on_resource));
        let app = init_service(app).await;
        let token = issuer.impersonated();
        let asked = request("GET", "/shop/users/secret_7?q=secret_8", Some(&token));
        let seen = send(&app, asked.to_request()).await;
        assert_eq!(seen.body, "admin_1 as user_1");
        let reserved = records.reserved();
        assert_eq!(reserved.route.as_deref(), template);
        assert!(!format!("{reserved:?}").contains("secret"), "{reserved:?}");
        let outcome = records.finished();
        assert_eq!(outcome.end, AuditEnd::Completed);
        let late = (!on_resource).then_some("/shop/users/{id}");
        assert_eq!(outcome.route.as_deref(), late);
    }
}

#[actix_web::test]
async fn a_handler_that_panics_leaves_an_aborted_request() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = App::new()
        .route(
            "/",
            web::post().to(async |body: Bytes| {
                assert!(!body.is_empty());
                ""
            }),
        )
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let token = issuer.impersonated();
    let asked = app.call(request("POST", "/", Some(&token)).to_request());
    let outcome = AssertUnwindSafe(asked).catch_unwind().await;
    assert!(outcome.is_err());
    let outcome = records.finished();
    assert_eq!(outcome.end, AuditEnd::Aborted);
    assert_eq!(outcome.status, None);
}

#[actix_web::test]
async fn an_error_is_recorded_with_the_response_that_it_becomes() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap_fn(|_, _| std::future::ready(Err::<ServiceResponse, _>(error::ErrorGone("gone"))))
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let asked = || request("GET", "/", Some(&issuer.impersonated())).to_request();

    let Err(error) = app.call(asked()).await else {
        panic!("an error stays one");
    };
    assert!(records.nothing_finished());
    let response = error.error_response();
    assert_eq!(response.status(), StatusCode::GONE);
    let body = actix_web::body::to_bytes(response.into_body()).await;
    assert_eq!(body.unwrap(), "gone");
    let outcome = records.finished();
    assert_eq!(
        (outcome.end, outcome.status),
        (AuditEnd::Completed, Some(410))
    );

    drop(app.call(asked()).await.map(drop));
    let outcome = records.finished();
    assert_eq!((outcome.end, outcome.status), (AuditEnd::Aborted, None));
}

#[actix_web::test]
async fn a_body_is_complete_at_its_end_and_not_before() {
    let stream = || HttpResponse::Ok().body(Chunks::new([Ok("one"), Ok("two")]));
    for (polls, end) in [
        (0, AuditEnd::Aborted),
        (2, AuditEnd::Aborted),
        (3, AuditEnd::Completed),
    ] {
        let outcome = ended("GET", stream, polls, true).await;
        assert_eq!(outcome.end, end, "after {polls}");
        assert_eq!(outcome.status, Some(200));
    }
    let breaks = || HttpResponse::Ok().body(Chunks::new([Ok("one"), Err("broken")]));
    let outcome = ended("GET", breaks, 3, false).await;
    assert_eq!(outcome.end, AuditEnd::Aborted);
}

#[actix_web::test]
async fn a_response_without_content_is_complete_with_its_head() {
    for (method, status) in [
        ("HEAD", StatusCode::OK),
        ("GET", StatusCode::SWITCHING_PROTOCOLS),
        ("DELETE", StatusCode::NO_CONTENT),
        ("GET", StatusCode::NOT_MODIFIED),
        ("CONNECT", StatusCode::OK),
    ] {
        let respond = move || HttpResponse::build(status).body(Chunks::new([Ok("unread")]));
        let outcome = ended(method, respond, 0, false).await;
        assert_eq!(outcome.end, AuditEnd::Completed, "{method} {status}");
        assert_eq!(outcome.status, Some(status.as_u16()));
    }
    for respond in [
        || HttpResponse::Ok().finish(),
        || HttpResponse::Ok().body(""),
    ] {
        let outcome = ended("GET", respond, 0, false).await;
        assert_eq!(outcome.end, AuditEnd::Completed);
    }
}

#[actix_web::test]
async fn a_body_taken_whole_is_complete() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let app = App::new()
        .route("/whole", web::get().to(async || "whole"))
        .route(
            "/stream",
            web::get().to(async || {
                let chunks = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from("a"))]);
                HttpResponse::Ok().streaming(chunks)
            }),
        )
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;
    let token = issuer.impersonated();
    let asked = |path| app.call(request("GET", path, Some(&token)).to_request());

    let body = asked("/whole").await.unwrap().into_body();
    assert_eq!(body.try_into_bytes().ok().unwrap(), "whole");
    assert_eq!(records.finished().end, AuditEnd::Completed);

    let body = asked("/stream").await.unwrap().into_body();
    let body = body.try_into_bytes().err().unwrap();
    assert!(records.nothing_finished());
    drop(body);
    assert_eq!(records.finished().end, AuditEnd::Aborted);
}

#[actix_web::test]
async fn what_verifies_by_itself_takes_no_session_that_is_to_be_recorded() {
    let issuer = Issuer::new();
    let (audited, records) = audited(&issuer);
    for (verifier, status) in [(audited, 500), (issuer.verifier(), 200)] {
        let app = App::new().app_data(verifier).route(
            "/",
            web::get().to(async |session: Verified| session.user_id.to_string()),
        );
        let app = init_service(app).await;
        for (token, status) in [(issuer.direct(), 200), (issuer.impersonated(), status)] {
            let seen = send(&app, request("GET", "/", Some(&token)).to_request()).await;
            assert_eq!(seen.status, status);
        }
    }
    assert!(records.nothing_reserved());
}
