use std::future::{Ready, ready};

use actas_core::Verifier;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};

use super::service::AuthService;
use crate::body::ResponseBody;

/// Middleware factory that applies [`AuthService`]: verifies each request's session token.
///
/// One stands around an application: an inner layer with other settings decides anew, and a guard between the two has
/// judged another session than the handler sees. One request stays one record: where both verify the same session, the inner
/// layer goes on in the outer's. See the [module docs](crate::auth) for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct AuthLayer {
    verifier: Verifier,
    optional: bool,
}

impl AuthLayer {
    /// A layer that lets through what `verifier` verifies, and refuses all else.
    pub fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            optional: false,
        }
    }

    /// Lets a request without credential through as signed out.
    ///
    /// A credential that is there and not valid is still refused. By default, a request without credential is refused (401).
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for AuthLayer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Transform = AuthService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(AuthService::new(
            service,
            self.verifier.clone(),
            self.optional,
        )))
    }
}
