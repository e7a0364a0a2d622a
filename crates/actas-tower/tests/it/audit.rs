//! What becomes of the record of an impersonated request, on a bare tower service.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actas_core::{AuditEnd, AuditOutcome, Auth, StaticKeys};
use actas_tower::{AuthLayer, GuardLayer, ResponseBody, deny_when_impersonated, sensitive};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tower::limit::ConcurrencyLimitLayer;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

use crate::sink::{Commit, audited, audited_when, sink};
use crate::support::{ColdKeys, Issuer, builder, header, request, text, whoami};

/// Frames that the test chooses, and no word of when they end.
struct Frames(Vec<Result<Frame<Bytes>, &'static str>>);

impl Frames {
    fn data(chunks: &[&'static str]) -> Self {
        let frame = |chunk: &&'static str| Ok(Frame::data(Bytes::from_static(chunk.as_bytes())));
        Self(chunks.iter().rev().map(frame).collect())
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.0.pop())
    }

    fn is_end_stream(&self) -> bool {
        false
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// The response to an impersonated `method`, and how its record stands once `after` is done with it.
async fn ended<B: Body>(
    method: &str,
    respond: impl Fn() -> Response<B> + Clone,
    after: impl AsyncFnOnce(Response<ResponseBody<B>>),
) -> AuditOutcome {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(verifier))
        .service(service_fn(move |_: Request<String>| {
            std::future::ready(Ok::<_, Infallible>(respond()))
        }));
    let token = issuer.impersonated();
    let response = service.oneshot(request(method, Some(&token))).await;
    after(response.unwrap()).await;
    records.finished()
}

/// Takes the head and no more.
async fn head_only<B>(response: Response<B>) {
    std::mem::forget(response);
}

#[tokio::test]
async fn a_request_runs_once_it_is_written_down() {
    let issuer = Issuer::new();
    let (cold, gate) = ColdKeys::new();
    let (sink, mut cold_records) = sink(Commit::Waits);
    let cold = builder(cold).with_audit(sink).build().unwrap();
    let (warm, mut records) = audited_when(&issuer, Commit::Waits);
    gate.open(Ok(&issuer));
    for (verifier, records) in [(warm, &mut records), (cold, &mut cold_records)] {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let mut service = ServiceBuilder::new()
            .layer(AuthLayer::new(verifier))
            .layer(ConcurrencyLimitLayer::new(1))
            .service_fn(move |request| {
                counted.fetch_add(1, Ordering::Relaxed);
                whoami(request)
            });
        let token = issuer.impersonated();
        let ready = service.ready().await.unwrap();
        let mut waiting = pin!(ready.call(request("POST", Some(&token))));
        while records.nothing_reserved() {
            assert!(waiting.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(runs.load(Ordering::Relaxed), 0);
        assert!(
            service.ready().now_or_never().is_none(),
            "it holds the place that it was given"
        );

        let reserved = records.reserved();
        assert_eq!(reserved.method, "POST");
        assert_eq!(reserved.session.user_id, "user_1");
        assert_eq!(reserved.route, None);
        records.commit(Commit::Written);
        let response = waiting.await.unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert!(records.nothing_finished());
        assert_eq!(text(response).await, "admin_1 as user_1");
        let outcome = records.finished();
        assert_eq!(outcome.end, AuditEnd::Completed);
        assert_eq!(outcome.status, Some(200));
        assert_eq!(outcome.denied_by, None);
    }
}

#[tokio::test]
async fn what_cannot_be_written_down_does_not_run_and_direct_requests_do() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited_when(&issuer, Commit::Fails);
    for layer in [
        AuthLayer::new(verifier.clone()),
        AuthLayer::new(verifier).optional(),
    ] {
        let mut service = ServiceBuilder::new().layer(layer).service(service_fn(
            async |request: Request<String>| match request.extensions().get::<Auth>() {
                Some(auth) if auth.is_impersonated() => Err("called"),
                _ => Ok(Response::new(String::new())),
            },
        ));
        let impersonated = request("POST", Some(&issuer.impersonated()));
        let response = service.call(impersonated).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(header(&response, "retry-after"), "7");
        assert_eq!(header(&response, "vary"), "Authorization, Cookie");
        assert!(text(response).await.contains("audit_unavailable"));
        records.reserved();

        let mut grpc = request("POST", Some(&issuer.impersonated()));
        let content_type = "application/grpc".parse().unwrap();
        grpc.headers_mut().insert("content-type", content_type);
        let response = service.call(grpc).await.unwrap();
        assert_eq!(header(&response, "grpc-status"), "14");
        records.reserved();

        let direct = request("POST", Some(&issuer.direct()));
        let response = service.call(direct).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(records.nothing_reserved() && records.nothing_finished());
    }
}

#[tokio::test]
async fn under_optional_authentication_only_the_impersonated_are_recorded() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let mut service = ServiceBuilder::new()
        .layer(AuthLayer::new(verifier).optional())
        .service_fn(whoami);
    for token in [None, Some(issuer.direct())] {
        let request = request("GET", token.as_deref());
        drop(service.call(request).await.unwrap());
        assert!(records.nothing_reserved() && records.nothing_finished());
    }
    let request = request("GET", Some(&issuer.impersonated()));
    assert_eq!(
        text(service.call(request).await.unwrap()).await,
        "admin_1 as user_1"
    );
    assert_eq!(records.finished().end, AuditEnd::Completed);
    records.reserved();
}

#[tokio::test]
async fn two_layers_write_one_record() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    for inner in [verifier.clone(), issuer.verifier()] {
        let service = ServiceBuilder::new()
            .layer(AuthLayer::new(verifier.clone()).optional())
            .layer(AuthLayer::new(inner))
            .layer(sensitive().report_only())
            .service_fn(async |request: Request<String>| {
                let auth = request.extensions().get::<Auth>().unwrap();
                auth.note("invoice", 7);
                let status = match auth.require_direct() {
                    Ok(_) => StatusCode::OK,
                    Err(_) => StatusCode::FORBIDDEN,
                };
                let response = Response::builder().status(status);
                Ok::<_, Infallible>(response.body("noted".to_owned()).unwrap())
            });
        let asked = request("POST", Some(&issuer.impersonated()));
        let response = service.oneshot(asked).await.unwrap();
        records.reserved();
        assert!(records.nothing_finished(), "the body has not been sent");
        assert_eq!(text(response).await, "noted");
        let outcome = records.finished();
        assert_eq!(outcome.end, AuditEnd::Completed);
        assert_eq!(outcome.status, Some(403));
        assert_eq!(outcome.denied_by, Some("direct"));
        assert_eq!(outcome.reported, ["sensitive"]);
        assert_eq!(outcome.notes[0].value, "7");
    }
}

/// The proof is asked for in vain, and what follows is told by `grpc-status`.
#[tokio::test]
async fn the_status_of_a_grpc_call_tells_whether_it_went_on() {
    let issuer = Issuer::new();
    for (in_head, in_trailers, goes_on) in [
        (Some("7"), None, false),
        (Some("0"), None, true),
        (None, Some("7"), false),
        (None, Some("0"), true),
        (None, None, true),
    ] {
        let (verifier, mut records) = audited(&issuer);
        let service = ServiceBuilder::new()
            .layer(AuthLayer::new(verifier))
            .service_fn(async |request: Request<String>| {
                let auth = request.extensions().get::<Auth>().unwrap();
                auth.require_direct().unwrap_err();
                let mut response = Response::new(Frames::data(&["message"]));
                let status =
                    |status: &str| ("grpc-status".parse().unwrap(), status.parse().unwrap());
                response.headers_mut().extend(in_head.map(status));
                if let Some(of_trailers) = in_trailers {
                    let trailers = HeaderMap::from_iter([status(of_trailers)]);
                    response
                        .body_mut()
                        .0
                        .insert(0, Ok(Frame::trailers(trailers)));
                }
                Ok::<_, Infallible>(response)
            });
        let mut call = request("POST", Some(&issuer.impersonated()));
        let content_type = "application/grpc".parse().unwrap();
        call.headers_mut().insert("content-type", content_type);
        let response = service.oneshot(call).await.unwrap();
        response.into_body().collect().await.unwrap();
        let outcome = records.finished();
        let denied = (!goes_on).then_some("direct");
        assert_eq!(outcome.denied_by, denied, "{in_head:?} {in_trailers:?}");
        assert_eq!(outcome.reported == ["direct"], goes_on);
        assert_eq!(outcome.end, AuditEnd::Completed);
    }
}

#[tokio::test]
async fn what_an_ended_request_left_is_not_written_into() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let left = service_fn(async |request: Request<String>| {
        let auth = request.extensions().get::<Auth>().unwrap().clone();
        let mut response = Response::new(String::new());
        response.extensions_mut().insert(auth);
        Ok::<_, Infallible>(response)
    });
    let layered = ServiceBuilder::new().layer(AuthLayer::new(verifier));
    let mut service = layered.service(left);
    let token = issuer.impersonated();
    let mut response = service.call(request("GET", Some(&token))).await.unwrap();
    records.reserved();
    records.finished();
    let mut next = request("GET", Some(&token));
    let ended = response.extensions_mut().remove::<Auth>().unwrap();
    next.extensions_mut().insert(ended);
    drop(service.call(next).await.unwrap());
    records.reserved();
    records.finished();
}

#[tokio::test]
async fn what_is_told_to_runs_unrecorded() {
    let issuer = Issuer::new();
    let (sink, mut records) = sink(Commit::Fails);
    let verifier = builder(StaticKeys::from_jwks(&issuer.jwks()).unwrap()).with_audit(sink);
    let verifier = verifier.insecure_run_unrecorded().build().unwrap();
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(verifier))
        .service_fn(whoami);
    let asked = request("POST", Some(&issuer.impersonated()));
    let response = service.oneshot(asked).await.unwrap();
    assert_eq!(text(response).await, "admin_1 as user_1");
    records.reserved();
    assert!(records.nothing_finished());
}

#[tokio::test]
async fn a_request_given_up_before_it_was_written_down_does_not_run() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited_when(&issuer, Commit::Waits);
    let mut service = ServiceBuilder::new()
        .layer(AuthLayer::new(verifier))
        .layer(ConcurrencyLimitLayer::new(1))
        .service(service_fn(async |_: Request<String>| {
            Err::<Response<String>, _>("called")
        }));
    let token = issuer.impersonated();
    let ready = service.ready().await.unwrap();
    let mut waiting = Box::pin(ready.call(request("POST", Some(&token))));
    assert!(waiting.as_mut().now_or_never().is_none());
    records.reserved();
    assert!(service.ready().now_or_never().is_none());

    drop(waiting);
    assert!(service.ready().now_or_never().is_some());
    assert!(records.nothing_finished(), "no permit, no outcome");
}

#[tokio::test]
async fn guards_and_the_handler_write_into_the_record() {
    let issuer = Issuer::new();
    let denied = ("deny_when_impersonated", StatusCode::FORBIDDEN);
    let cases: [(GuardLayer, Option<(&str, StatusCode)>); 2] = [
        (deny_when_impersonated(), Some(denied)),
        (sensitive().report_only(), None),
    ];
    for (guard, denied) in cases {
        let (verifier, mut records) = audited(&issuer);
        let service = ServiceBuilder::new()
            .layer(AuthLayer::new(verifier))
            .layer(guard)
            .service_fn(async |request: Request<String>| {
                let auth = request.extensions().get::<Auth>().unwrap();
                auth.note("invoice", 7);
                Ok::<_, Infallible>(Response::new("noted".to_owned()))
            });
        let request = request("POST", Some(&issuer.impersonated()));
        drop(text(service.oneshot(request).await.unwrap()).await);

        let outcome = records.finished();
        assert_eq!(outcome.end, AuditEnd::Completed);
        if let Some((rule, status)) = denied {
            assert_eq!(outcome.denied_by, Some(rule));
            assert_eq!(outcome.status, Some(status.as_u16()));
            assert!(outcome.notes.is_empty());
        } else {
            assert_eq!(outcome.denied_by, None);
            assert_eq!(outcome.status, Some(200));
            assert_eq!(outcome.reported, ["sensitive"]);
            assert_eq!(outcome.notes[0].value, "7");
        }
    }
}

#[tokio::test]
async fn a_handler_that_panics_or_fails_leaves_an_aborted_request() {
    let issuer = Issuer::new();
    let (verifier, mut records) = audited(&issuer);
    let layer = AuthLayer::new(verifier);
    let impersonated = || request("POST", Some(&issuer.impersonated()));

    let panics = service_fn(async |request: Request<String>| {
        assert!(request.body().is_empty() && request.headers().is_empty());
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let service = ServiceBuilder::new().layer(layer.clone()).service(panics);
    let response = AssertUnwindSafe(service.oneshot(impersonated())).catch_unwind();
    assert!(response.await.is_err());
    let panicked = records.finished();

    let fails = service_fn(async |_: Request<String>| Err::<Response<String>, _>("broken"));
    let service = ServiceBuilder::new().layer(layer).service(fails);
    let failed = service.oneshot(impersonated()).await;
    assert_eq!(failed.unwrap_err(), "broken");
    for outcome in [panicked, records.finished()] {
        assert_eq!(outcome.end, AuditEnd::Aborted);
        assert_eq!(outcome.status, None);
    }
}

#[tokio::test]
async fn a_body_is_complete_at_its_end_and_not_before() {
    let stream = || Response::new(Frames::data(&["one", "two"]));
    let whole = ended("GET", stream, async |response| {
        assert_eq!(text(response).await, "onetwo");
    });
    assert_eq!(whole.await.end, AuditEnd::Completed);
    for taken in 0..=2 {
        let outcome = ended("GET", stream, async |mut response| {
            for _ in 0..taken {
                response.frame().await.unwrap().unwrap();
            }
        });
        let outcome = outcome.await;
        assert_eq!(outcome.end, AuditEnd::Aborted, "{taken} frames");
        assert_eq!(outcome.status, Some(200));
    }
    // A server may ask no more of a body whose end is announced by itself or by its length.
    let known = ended(
        "GET",
        || Response::new("whole".to_owned()),
        async |mut response| {
            response.frame().await.unwrap().unwrap();
            head_only(response).await;
        },
    );
    assert_eq!(known.await.end, AuditEnd::Completed);
    for (length, end) in [(6, AuditEnd::Completed), (7, AuditEnd::Aborted)] {
        let announced = move || {
            let response = Response::builder().header("content-length", length);
            response.body(Frames::data(&["one", "two"])).unwrap()
        };
        let outcome = ended("GET", announced, async |mut response| {
            for _ in 0..2 {
                response.frame().await.unwrap().unwrap();
            }
        });
        assert_eq!(outcome.await.end, end, "{length} bytes");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_aborted() {
    let breaks = || {
        let mut frames = Frames::data(&["one"]);
        frames.0.insert(0, Err("broken"));
        Response::new(frames)
    };
    let outcome = ended("GET", breaks, async |mut response| {
        response.frame().await.unwrap().unwrap();
        assert_eq!(response.frame().await.unwrap().unwrap_err(), "broken");
        assert!(response.frame().await.is_none());
    });
    assert_eq!(outcome.await.end, AuditEnd::Aborted);
}

#[tokio::test]
async fn trailers_belong_to_the_response() {
    let trailed = || {
        let mut frames = Frames::data(&["one"]);
        frames.0.insert(0, Ok(Frame::trailers(HeaderMap::new())));
        Response::new(frames)
    };
    for (taken, end) in [(1, AuditEnd::Aborted), (3, AuditEnd::Completed)] {
        let outcome = ended("POST", trailed, async |mut response| {
            for _ in 0..taken {
                drop(response.frame().await);
            }
        });
        assert_eq!(outcome.await.end, end);
    }
}

#[tokio::test]
async fn a_response_without_content_is_complete_with_its_head() {
    let of = |status: u16| {
        move || {
            let response = Response::builder().status(status);
            response.body(Frames::data(&["unread"])).unwrap()
        }
    };
    for (method, status) in [
        ("HEAD", 200),
        ("GET", 101),
        ("DELETE", 204),
        ("GET", 304),
        ("CONNECT", 200),
    ] {
        let outcome = ended(method, of(status), head_only).await;
        assert_eq!(outcome.end, AuditEnd::Completed, "{method} {status}");
        assert_eq!(outcome.status, Some(status));
    }
    let empty = ended("GET", || Response::new(String::new()), head_only);
    assert_eq!(empty.await.end, AuditEnd::Completed);
}
