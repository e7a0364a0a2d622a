use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use crate::trail::Trail;

pin_project! {
    /// The body of a response that went through [`AuthLayer`](crate::AuthLayer) or
    /// [`GuardLayer`](crate::GuardLayer): the inner service's, or that of a refusal.
    pub struct ResponseBody<B> {
        #[pin]
        kind: Kind<B>,
        trail: Option<Box<Trail>>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<B> {
        Inner { #[pin] body: B },
        Refusal { bytes: Bytes },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn inner(body: B) -> Self {
        Self::followed(body, None)
    }

    /// The body of a response to a request that leaves a trail.
    pub(crate) fn followed(body: B, trail: Option<Box<Trail>>) -> Self {
        Self {
            kind: Kind::Inner { body },
            trail,
        }
    }

    pub(crate) fn refusal(bytes: Bytes) -> Self {
        Self {
            kind: Kind::Refusal { bytes },
            trail: None,
        }
    }
}

impl<B: MessageBody> MessageBody for ResponseBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        match &self.kind {
            Kind::Inner { body } => body.size(),
            Kind::Refusal { bytes } => bytes.size(),
        }
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        let polled = match this.kind.project() {
            KindProj::Inner { body } => Trail::trace(this.trail.as_deref(), || body.poll_next(cx)),
            KindProj::Refusal { bytes } if bytes.is_empty() => Poll::Ready(None),
            KindProj::Refusal { bytes } => Poll::Ready(Some(Ok(mem::take(bytes)))),
        };
        match (this.trail, &polled) {
            (Some(trail), Poll::Ready(None)) => trail.complete(),
            (Some(trail), Poll::Ready(Some(Err(_)))) => trail.abort(),
            _ => {}
        }
        polled
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { kind, mut trail } = self;
        let bytes = match kind {
            Kind::Inner { body } => body.try_into_bytes(),
            Kind::Refusal { bytes } => return Ok(bytes),
        };
        match bytes {
            Ok(bytes) => {
                if let Some(trail) = &mut trail {
                    trail.complete();
                }
                Ok(bytes)
            }
            Err(body) => Err(Self::followed(body, trail)),
        }
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}
