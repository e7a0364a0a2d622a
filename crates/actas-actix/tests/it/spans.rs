//! The span in which an impersonated request runs.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actas_actix::AuthLayer;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Service;
use actix_web::test::init_service;
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, rt, web};
use tracing::Span;

use crate::sink::audited;
use crate::support::{Issuer, request, send};

/// The names of the spans that stood where this was asked.
#[derive(Clone, Default)]
struct Names(Rc<RefCell<Vec<Option<&'static str>>>>);

impl Names {
    fn add(&self) {
        let name = Span::current().metadata().map(tracing::Metadata::name);
        self.0.borrow_mut().push(name);
    }
}

/// An empty body that asks when it is polled.
struct Asks(Names);

impl MessageBody for Asks {
    type Error = actix_web::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.0.add();
        Poll::Ready(None)
    }
}

#[actix_web::test]
async fn all_that_an_impersonated_request_does_stands_in_its_span() {
    // With a single subscriber, tracing takes the word of whichever thread is the first to come by, which may be another test's.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
    let issuer = Issuer::new();
    let (audited, _records) = audited(&issuer);
    for verifier in [issuer.verifier(), audited] {
        let names = Names::default();
        let (wrapped, asked) = (names.clone(), names.clone());
        let app = App::new()
            .route(
                "/",
                web::get().to(move || {
                    let names = asked.clone();
                    async move {
                        names.add();
                        rt::task::yield_now().await;
                        names.add();
                        HttpResponse::Ok().body(Asks(names))
                    }
                }),
            )
            .wrap_fn(move |request, next| {
                wrapped.add();
                next.call(request)
            })
            .wrap(AuthLayer::new(verifier));
        let app = init_service(app).await;
        for (token, name) in [
            (issuer.impersonated(), Some("impersonated_request")),
            (issuer.direct(), None),
        ] {
            let seen = send(&app, request("GET", "/", Some(&token)).to_request()).await;
            assert_eq!(seen.status, 200);
            assert_eq!(names.0.take(), [name; 4]);
            assert!(Span::current().is_none());
        }
    }
}
