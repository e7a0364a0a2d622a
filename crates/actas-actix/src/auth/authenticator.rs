use actas_core::{Auth, Error, ErrorKind, Progress, Reply, SignedOut, Verifier};
use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;

use super::response::Stamp;
use crate::head::Head;

/// What a layer judges a request by.
#[derive(Clone, Debug)]
pub(super) struct Authenticator {
    pub(super) verifier: Verifier,
    pub(super) optional: bool,
}

impl Authenticator {
    /// Removes what others may have left in the extensions, and verifies the credential.
    pub(super) fn begin(&self, request: &ServiceRequest) -> Progress<Option<Auth>> {
        {
            let mut extensions = request.extensions_mut();
            extensions.remove::<Auth>();
            extensions.remove::<SignedOut>();
        }
        self.verifier.authenticate(&Head::from(request))
    }

    /// Writes the outcome into the extensions.
    ///
    /// # Errors
    ///
    /// The refusal, when the request is not to go on.
    pub(super) fn settle(
        &self,
        outcome: Result<Option<Auth>, Error>,
        request: &ServiceRequest,
    ) -> Result<Stamp, Reply> {
        match outcome {
            Ok(Some(auth)) => {
                let impersonated = auth.is_impersonated();
                request.extensions_mut().insert(auth);
                Ok(Stamp { impersonated })
            }
            Ok(None) if self.optional => {
                request.extensions_mut().insert(self.verifier.signed_out());
                Ok(Stamp::DIRECT)
            }
            Ok(None) => Err(self.refuse(&ErrorKind::MissingCredential.into(), request)),
            Err(error) => Err(self.refuse(&error, request)),
        }
    }

    fn refuse(&self, error: &Error, request: &ServiceRequest) -> Reply {
        tracing::debug!(kind = ?error.kind(), "refused a request");
        self.verifier.refusals().render(error, &Head::from(request))
    }
}
