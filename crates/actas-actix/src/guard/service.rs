use actas_core::{Action, Auth, Guard, Reply, SignedOut};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::{Error, HttpMessage};

use super::future::ResponseFuture;
use crate::body::ResponseBody;
use crate::head::{Head, route_template};
use crate::reply::{render, respond};

/// Middleware that asks a guard whether a request may go on.
///
/// See the [module docs](crate::guard) for an example.
#[derive(Debug)]
pub struct GuardService<S> {
    inner: S,
    guard: Guard,
}

impl<S> GuardService<S> {
    pub(super) fn new(inner: S, guard: Guard) -> Self {
        Self { inner, guard }
    }

    /// Asks the guard.
    ///
    /// # Errors
    ///
    /// The refusal, when the request is not to go on.
    fn judge(&self, request: &ServiceRequest) -> Result<(), Reply> {
        let extensions = request.extensions();
        let auth = extensions.get::<Auth>();
        let head = Head::from(request);

        // Only where somebody acts as the user is there a rule to be excepted from.
        let template = match auth {
            Some(auth) if auth.is_impersonated() => route_template(request.request()),
            _ => None,
        };
        let action = Action::of(&head, template.as_deref());

        self.guard
            .admit(auth, extensions.get::<SignedOut>(), &action)
            .map(drop)
            .map_err(|error| render(&extensions, &error, head))
    }
}

impl<S, B> Service<ServiceRequest> for GuardService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.judge(&request) {
            Ok(()) => ResponseFuture::inner(self.inner.call(request)),
            Err(reply) => ResponseFuture::refused(request.into_response(respond(reply))),
        }
    }
}
