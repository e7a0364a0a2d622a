use std::rc::Rc;

use actas_core::{Progress, Verifier};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, forward_ready};

use super::authenticator::Authenticator;
use super::future::{Held, ResponseFuture};
use crate::body::ResponseBody;

/// Middleware that verifies each request's session token and puts [`Auth`](actas_core::Auth) into its extensions.
///
/// See the [module docs](crate::auth) for an example.
#[derive(Debug)]
pub struct AuthService<S> {
    // Shared, because a request that waits for a key or its record is passed on later.
    inner: Rc<S>,
    authenticator: Authenticator,
}

impl<S> AuthService<S> {
    pub(super) fn new(inner: S, verifier: Verifier, optional: bool) -> Self {
        Self {
            inner: Rc::new(inner),
            authenticator: Authenticator { verifier, optional },
        }
    }
}

impl<S, B> Service<ServiceRequest> for AuthService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.authenticator.verify(&request) {
            Progress::Ready(outcome) => {
                ResponseFuture::settled(outcome, &self.authenticator, &self.inner, request)
            }
            Progress::Waiting(waiting) => {
                let held = Held {
                    authenticator: self.authenticator.clone(),
                    service: Rc::clone(&self.inner),
                    request,
                };
                ResponseFuture::waiting(waiting, held)
            }
        }
    }
}
