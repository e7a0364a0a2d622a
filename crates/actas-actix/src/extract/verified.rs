use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actas_core::{Error, ErrorKind, Progress, Verifier, Waiting};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::rejection::Rejection;
use crate::head::Head;

/// A session that this extractor verifies itself, without any layer; it derefs to core's [`Auth`](actas_core::Auth).
///
/// The [`Verifier`] is taken from the application's data: `app_data(verifier)` or `app_data(web::Data::new(verifier))`.
/// Refuses with 401 when no credential came, and with 500 and a line in the log when there is no verifier.
///
/// `Option<Verified>` is actix-web's own and `None` for an invalid credential, too. `Result<Verified, Rejection>` tells
/// everything apart.
///
/// Prefer [`AuthLayer`](crate::AuthLayer) with [`Auth`](crate::Auth) or [`Direct`](crate::Direct). What this extractor lacks:
///
/// - guards: none can stand before it, because nothing is in the request's extensions yet;
/// - the audit record: where the verifier [has one](actas_core::VerifierBuilder::with_audit), an impersonated session is
///   refused with 500 and a line in the log;
/// - response headers: neither `Vary: Authorization, Cookie`, nor `Cache-Control: private, no-store` on the response to an
///   impersonated request;
/// - the removal of an [`Auth`](actas_core::Auth) that something else left in the extensions: it stays there for others to
///   find.
///
/// ```
/// use actas_actix::Verified;
/// use actas_core::Verifier;
/// use actix_web::web;
///
/// async fn me(session: Verified) -> String {
///     session.user_id.to_string()
/// }
///
/// fn configure(verifier: Verifier) -> impl FnOnce(&mut web::ServiceConfig) {
///     |config| {
///         config.app_data(verifier).route("/me", web::get().to(me));
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Verified(pub actas_core::Auth);

impl Verified {
    /// Core's value.
    #[must_use]
    pub fn into_inner(self) -> actas_core::Auth {
        self.0
    }
}

impl FromRequest for Verified {
    type Error = Rejection;
    type Future = VerifiedFuture;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let progress = if let Some(verifier) = verifier(request) {
            verifier.authenticate(&Head::from(request))
        } else {
            tracing::error!(
                "`Verified` finds no verifier: add app_data(verifier) to the application"
            );
            Progress::Ready(Err(ErrorKind::MissingLayer.into()))
        };
        VerifiedFuture {
            state: match progress {
                Progress::Ready(outcome) => State::Ready {
                    outcome: Some(verified(outcome, request)),
                },
                Progress::Waiting(waiting) => State::Waiting {
                    waiting,
                    request: request.clone(),
                },
            },
        }
    }
}

impl Deref for Verified {
    type Target = actas_core::Auth;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<actas_core::Auth> for Verified {
    fn from(auth: actas_core::Auth) -> Self {
        Self(auth)
    }
}

impl From<Verified> for actas_core::Auth {
    fn from(session: Verified) -> Self {
        session.0
    }
}

/// The future of [`Verified`].
pub struct VerifiedFuture {
    state: State,
}

enum State {
    Ready {
        outcome: Option<Result<Verified, Rejection>>,
    },
    Waiting {
        waiting: Waiting<Option<actas_core::Auth>>,
        request: HttpRequest,
    },
}

impl Future for VerifiedFuture {
    type Output = Result<Verified, Rejection>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().state {
            State::Ready { outcome } => {
                #[expect(
                    clippy::expect_used,
                    reason = "a future is not polled after it completed"
                )]
                let outcome = outcome
                    .take()
                    .expect("`VerifiedFuture` polled after completion");
                Poll::Ready(outcome)
            }
            State::Waiting { waiting, request } => {
                let outcome = ready!(Pin::new(waiting).poll(cx));
                Poll::Ready(verified(outcome, request))
            }
        }
    }
}

impl fmt::Debug for VerifiedFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedFuture").finish_non_exhaustive()
    }
}

fn verifier(request: &HttpRequest) -> Option<&Verifier> {
    request
        .app_data::<Verifier>()
        .or_else(|| request.app_data::<Data<Verifier>>().map(Data::get_ref))
}

fn verified(
    outcome: Result<Option<actas_core::Auth>, Error>,
    request: &HttpRequest,
) -> Result<Verified, Rejection> {
    let Some(verifier) = verifier(request) else {
        let error = outcome.err().unwrap_or(ErrorKind::MissingLayer.into());
        return Err(Rejection::new(error, request));
    };
    outcome
        .and_then(|auth| auth.ok_or(Error::from(ErrorKind::MissingCredential)))
        .and_then(|auth| verifier.unlayered(auth))
        .map(Verified)
        .map_err(|error| {
            let reply = verifier.refusals().render(&error, &Head::from(request));
            Rejection::rendered(error, reply)
        })
}
