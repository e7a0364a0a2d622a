use std::sync::Arc;
use std::task::{Context, Poll};

use actas_core::{Action, Auth, Guard, Refusals, Reply, SignedOut};
use http::{Request, Response};
use tower_service::Service;

use super::future::ResponseFuture;
use crate::body::ResponseBody;
use crate::head::{Head, route_template};

/// Middleware that asks a guard whether a request may go on.
///
/// See the [module docs](crate::guard) for an example.
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    inner: S,
    guard: Arc<Guard>,
}

impl<S> GuardService<S> {
    pub(super) fn new(inner: S, guard: Arc<Guard>) -> Self {
        Self { inner, guard }
    }

    /// The refusal, when the request is not to go on.
    fn judge<B>(&self, request: &Request<B>) -> Result<(), Reply> {
        let extensions = request.extensions();
        let auth = extensions.get::<Auth>();
        let signed_out = extensions.get::<SignedOut>();

        let head = Head::from(request);
        let action = Action::of(&head, route_template(extensions));
        self.guard
            .admit(auth, signed_out, &action)
            .map(drop)
            .map_err(|error| Refusals::of(auth, signed_out).render(&error, &head))
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for GuardService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        match self.judge(&request) {
            Ok(()) => ResponseFuture::inner(self.inner.call(request)),
            Err(reply) => ResponseFuture::refused(reply),
        }
    }
}
