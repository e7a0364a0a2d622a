//! The span in which an impersonated request runs.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use actas_tower::AuthLayer;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tracing::Span;

use crate::sink::audited;
use crate::support::{Issuer, request, text};

/// The names of the spans that stood where this was asked.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<Option<&'static str>>>>);

impl Names {
    fn add(&self) {
        let name = Span::current().metadata().map(tracing::Metadata::name);
        self.0.lock().unwrap().push(name);
    }

    fn take(&self) -> Vec<Option<&'static str>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// An empty body that asks when it is polled.
struct Asks(Names);

impl Body for Asks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.add();
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn all_that_an_impersonated_request_does_stands_in_its_span() {
    // With a single subscriber, tracing takes the word of whichever thread is the first to come by, which may be another test's.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
    let issuer = Issuer::new();
    let (audited, _records) = audited(&issuer);
    for verifier in [issuer.verifier(), audited] {
        let names = Names::default();
        let asked = names.clone();
        let mut service = ServiceBuilder::new()
            .layer(AuthLayer::new(verifier))
            .service(service_fn(move |_: Request<String>| {
                let names = asked.clone();
                names.add();
                async move {
                    names.add();
                    tokio::task::yield_now().await;
                    names.add();
                    Ok::<_, Infallible>(Response::new(Asks(names)))
                }
            }));
        for (token, name) in [
            (issuer.impersonated(), Some("impersonated_request")),
            (issuer.direct(), None),
        ] {
            let ready = service.ready().await.unwrap();
            let response = ready.call(request("GET", Some(&token))).await.unwrap();
            assert_eq!(text(response).await, "");
            assert_eq!(names.take(), [name; 4]);
            assert!(Span::current().is_none());
        }
    }
}
