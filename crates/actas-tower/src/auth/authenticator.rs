use actas_core::{
    Auth, Error, ErrorKind, Progress, Recording, Reply, Reservation, SignedOut, Verifier,
};
use http::Request;

use super::response::Stamp;
use crate::head::{Head, route_template};
use crate::trail::Trail;

/// What a layer judges a request by.
#[derive(Clone, Debug)]
pub(super) struct Authenticator {
    pub(super) verifier: Verifier,
    pub(super) optional: bool,
}

/// What becomes of a request that is not refused.
pub(super) enum Verdict {
    /// It runs.
    Admitted(Admitted),
    /// It runs once it is written down.
    Reserving(Reservation),
}

/// What a request that runs leaves to its response.
pub(super) struct Admitted {
    pub(super) stamp: Stamp,
    pub(super) trail: Option<Box<Trail>>,
}

impl Admitted {
    /// Runs a part of the request.
    pub(super) fn run<T>(&self, part: impl FnOnce() -> T) -> T {
        Trail::trace(self.trail.as_deref(), part)
    }
}

impl Authenticator {
    /// Verifies the credential.
    pub(super) fn verify<B>(&self, request: &Request<B>) -> Progress<Option<Auth>> {
        self.verifier.authenticate(&Head::from(request))
    }

    /// Writes the outcome into the extensions, in place of what others may have left there, unless the request has to be
    /// written down first.
    ///
    /// # Errors
    ///
    /// The refusal, when the request is not to go on.
    pub(super) fn settle<B>(
        &self,
        outcome: Result<Option<Auth>, Error>,
        request: &mut Request<B>,
    ) -> Result<Verdict, Reply> {
        match outcome {
            Ok(Some(auth)) => {
                if !auth.is_impersonated() {
                    return Ok(Verdict::Admitted(admit(auth, None, request)));
                }
                // The layer outside has the recording, and finishes it.
                if let Some(continued) = continued(&auth, request) {
                    return Ok(Verdict::Admitted(admit(continued, None, request)));
                }
                Ok(match self.reserve(&auth, request) {
                    Some(reservation) => Verdict::Reserving(reservation),
                    None => Verdict::Admitted(admit(auth, None, request)),
                })
            }
            Ok(None) if self.optional => {
                let extensions = request.extensions_mut();
                extensions.remove::<Auth>();
                extensions.insert(self.verifier.signed_out());
                Ok(Verdict::Admitted(Admitted {
                    stamp: Stamp::DIRECT,
                    trail: None,
                }))
            }
            Ok(None) => Err(self.refuse(&ErrorKind::MissingCredential.into(), request)),
            Err(error) => Err(self.refuse(&error, request)),
        }
    }

    /// Lets a request go on that was to be written down first.
    ///
    /// # Errors
    ///
    /// The refusal, when it could not be.
    pub(super) fn recorded<B>(
        &self,
        outcome: Result<(Auth, Option<Recording>), Error>,
        request: &mut Request<B>,
    ) -> Result<Admitted, Reply> {
        match outcome {
            Ok((auth, recording)) => Ok(admit(auth, recording, request)),
            Err(error) => Err(self.refuse(&error, request)),
        }
    }

    fn reserve<B>(&self, auth: &Auth, request: &Request<B>) -> Option<Reservation> {
        let route = route_template(request.extensions());
        self.verifier.reserve(auth, &Head::from(request), route)
    }

    fn refuse<B>(&self, error: &Error, request: &Request<B>) -> Reply {
        tracing::debug!(kind = ?error.kind(), "refused a request");
        self.verifier.refusals().render(error, &Head::from(request))
    }
}

/// The session in the record that a layer outside opened for this request.
fn continued<B>(auth: &Auth, request: &Request<B>) -> Option<Auth> {
    auth.continuing(request.extensions().get()?)
}

fn admit<B>(auth: Auth, recording: Option<Recording>, request: &mut Request<B>) -> Admitted {
    let impersonated = auth.is_impersonated();
    let trail = Trail::new(&auth, recording, request.method());
    let extensions = request.extensions_mut();
    extensions.remove::<SignedOut>();
    extensions.insert(auth);
    Admitted {
        stamp: Stamp { impersonated },
        trail,
    }
}
