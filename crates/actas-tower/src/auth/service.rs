use std::mem;
use std::task::{Context, Poll};

use actas_core::{Progress, Verifier};
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::authenticator::{Authenticator, Verdict};
use super::future::{Held, ResponseFuture, Wait};
use crate::body::ResponseBody;

/// Middleware that verifies each request's session token and puts [`Auth`](actas_core::Auth) into its extensions.
///
/// See the [module docs](crate::auth) for an example.
#[derive(Clone, Debug)]
pub struct AuthService<S> {
    inner: S,
    authenticator: Authenticator,
}

impl<S> AuthService<S> {
    pub(super) fn new(inner: S, verifier: Verifier, optional: bool) -> Self {
        Self {
            inner,
            authenticator: Authenticator { verifier, optional },
        }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for AuthService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        match self.authenticator.verify(&request) {
            Progress::Ready(outcome) => match self.authenticator.settle(outcome, &mut request) {
                Ok(Verdict::Admitted(admitted)) => {
                    let future = admitted.run(|| self.inner.call(request));
                    ResponseFuture::inner(future, admitted)
                }
                Ok(Verdict::Reserving(reservation)) => {
                    ResponseFuture::waiting(Wait::Record(reservation), self.held(request))
                }
                Err(reply) => ResponseFuture::refused(reply),
            },
            Progress::Waiting(waiting) => {
                ResponseFuture::waiting(Wait::Keys(waiting), self.held(request))
            }
        }
    }
}

impl<S: Clone> AuthService<S> {
    /// A request that waits, with the service that is called after the wait.
    fn held<B>(&mut self, request: Request<B>) -> Held<S, B> {
        // The clone has not been polled ready: it stays here, and the one that has is called.
        let clone = self.inner.clone();
        Held {
            authenticator: self.authenticator.clone(),
            service: mem::replace(&mut self.inner, clone),
            request,
        }
    }
}
