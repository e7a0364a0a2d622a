//! A response of `http` 1 as actix-web's.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use axum::body::Body;
use bytes::Bytes;
use http::Response;
use http_body::Body as _;
use pin_project_lite::pin_project;

pin_project! {
    /// The body, read by actix-web.
    pub(super) struct Download {
        #[pin]
        body: Body,
        size: BodySize,
    }
}

/// The response as actix-web sends it.
pub(super) fn translated(response: Response<Body>, to_head: bool) -> HttpResponse<Download> {
    let (head, body) = response.into_parts();
    let status =
        StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let size = if to_head {
        // The length that a GET would have is in the head; actix-web takes it from the body.
        let length = head.headers.get(http::header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        length.map_or(BodySize::None, BodySize::Sized)
    } else {
        match body.size_hint().exact() {
            Some(length) => BodySize::Sized(length),
            None => BodySize::Stream,
        }
    };

    let mut translated = HttpResponse::with_body(status, Download { body, size });
    for (name, value) in &head.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        // Both versions hold the same names and values.
        if let (Ok(name), Ok(value)) = (name, value) {
            translated.headers_mut().append(name, value);
        }
    }
    translated
}

impl MessageBody for Download {
    type Error = axum::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, axum::Error>>> {
        let mut body = self.project().body;
        loop {
            let frame = match ready!(body.as_mut().poll_frame(context)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
            // actix-web sends no trailers.
            if let Ok(chunk) = frame.into_data() {
                return Poll::Ready(Some(Ok(chunk)));
            }
        }
    }
}
