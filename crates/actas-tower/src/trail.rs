use std::fmt;

use actas_core::{Auth, Recording, ends_with_head};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, Response};
use http_body::{Body, Frame};
use tracing::Span;

/// In the trailers of a gRPC response, or in the head of one that has no body.
const GRPC_STATUS: &str = "grpc-status";

/// What follows an impersonated request until its response has ended.
///
/// Dropped before, it leaves the record of an aborted request. It is boxed, since the future and the body of every request have room
/// for one.
pub(crate) struct Trail {
    recording: Option<Recording>,
    span: Span,
    method: Method,
    /// Bytes of the body that are still to come, where their number was announced.
    owed: Option<u64>,
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
            owed: None,
        }))
    }

    /// Lets all that `run` does stand in the request's span, if it has one.
    pub(crate) fn trace<T>(trail: Option<&Self>, run: impl FnOnce() -> T) -> T {
        let _entered = trail.map(|trail| trail.span.enter());
        run()
    }

    /// The head of the response is there.
    pub(crate) fn answered<B: Body>(&mut self, response: &Response<B>) {
        let status = response.status().as_u16();
        if let Some(recording) = &mut self.recording {
            recording.answered(status);
        }
        self.told(response.headers());
        let body = response.body();
        if ends_with_head(self.method.as_str(), status) || body.is_end_stream() {
            self.complete();
        }
        let announced = response
            .headers()
            .get(CONTENT_LENGTH)
            .map(HeaderValue::to_str);
        self.owed = match announced {
            Some(length) => length.ok().and_then(|length| length.parse().ok()),
            None => body.size_hint().exact(),
        };
    }

    /// What the head or the trailers say of a gRPC call.
    fn told(&mut self, fields: &HeaderMap) {
        if let (Some(recording), Some(status)) = (&mut self.recording, fields.get(GRPC_STATUS)) {
            recording.grpc_status(status.as_bytes());
        }
    }

    /// A frame of the body was handed out, the last one if `ended`.
    pub(crate) fn sent<D: bytes::Buf>(&mut self, frame: &Frame<D>, ended: bool) {
        if let (Some(owed), Some(data)) = (&mut self.owed, frame.data_ref()) {
            let length = u64::try_from(data.remaining()).unwrap_or(u64::MAX);
            *owed = owed.saturating_sub(length);
        }
        if let Some(trailers) = frame.trailers_ref() {
            self.told(trailers);
        }
        if ended {
            self.complete();
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

impl Drop for Trail {
    fn drop(&mut self) {
        // A server drops a body that has given all that was announced, without asking it for more.
        if self.owed == Some(0) {
            self.complete();
        }
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail")
            .field("recording", &self.recording)
            .finish_non_exhaustive()
    }
}
