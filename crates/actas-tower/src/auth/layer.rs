use actas_core::Verifier;
use tower_layer::Layer;

use super::service::AuthService;

/// Layer that applies [`AuthService`]: verifies each request's session token.
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

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService::new(inner, self.verifier.clone(), self.optional)
    }
}
