use std::fmt;

use actas_core::{Auth, Recording, ends_with_head};
use actix_web::body::BodySize;
use actix_web::dev::ResponseHead;
use actix_web::http::Method;
use tracing::Span;

/// What follows an impersonated request until its response has ended.
///
/// Dropped before, it leaves the record of an aborted request. It is boxed, since the future and the body of every request have room
/// for one.
pub(crate) struct Trail {
    recording: Option<Recording>,
    span: Span,
    method: Method,
}

impl Trail {
    /// `None` where nobody acts for the user, and where nothing is recorded and nothing traced: then there is none to leave.
    pub(crate) fn new(
        auth: &Auth,
        recording: Option<Recording>,
        method: &Method,
    ) -> Option<Box<Self>> {
        if !auth.is_impersonated() {
            return None;
        }
        let span = auth.span();
        if recording.is_none() && span.is_disabled() {
            return None;
        }
        Some(Box::new(Self {
            recording,
            span,
            method: method.clone(),
        }))
    }

    /// Lets all that `run` does stand in the request's span, if it has one.
    pub(crate) fn trace<T>(trail: Option<&Self>, run: impl FnOnce() -> T) -> T {
        let _entered = trail.map(|trail| trail.span.enter());
        run()
    }

    /// The head of the response is there, with a body of `size`.
    pub(crate) fn answered(&mut self, head: &ResponseHead, size: BodySize) {
        let status = head.status.as_u16();
        if let Some(recording) = &mut self.recording {
            recording.answered(status);
            // actix-web sends no trailers: what refuses a gRPC call says so here.
            if let Some(status) = head.headers().get("grpc-status") {
                recording.grpc_status(status.as_bytes());
            }
        }
        if size.is_eof() || ends_with_head(self.method.as_str(), status) {
            self.complete();
        }
    }

    /// The request has been routed, and `route` tells where to.
    pub(crate) fn routed(&mut self, route: impl FnOnce() -> Option<String>) {
        if let Some(recording) = &mut self.recording {
            recording.routed(route);
        }
    }

    /// The response was sent to its end.
    pub(crate) fn complete(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.complete();
        }
    }

    /// The body broke off.
    pub(crate) fn abort(&mut self) {
        drop(self.recording.take());
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail")
            .field("recording", &self.recording)
            .finish_non_exhaustive()
    }
}
