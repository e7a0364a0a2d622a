//! The impersonation cookie: it decides, and the session beside it must be its actor's.

use std::sync::Arc;

use crate::actor::Actor;
use crate::error::{Error, ErrorKind};
use crate::request::RequestHead;
use crate::session::Auth;
use crate::token::source::Credential;
use crate::verifier::inner::Inner;
use crate::verifier::judge::{Court, Judge, Signed};
use crate::verifier::progress::Progress;

/// Whose session a token is, now or before it expired.
struct Owner {
    issuer: String,
    user_id: String,
    is_impersonated: bool,
}

impl Owner {
    fn is(&self, actor: &Actor) -> bool {
        !self.is_impersonated && *self.issuer == *actor.issuer && *self.user_id == *actor.subject
    }

    fn conclude(judge: &Judge, signed: &Signed<'_>, _: &Court) -> Result<Self, ErrorKind> {
        Ok(Self {
            user_id: judge.rules.judge_user(&signed.claims)?.to_owned(),
            issuer: judge.rules.issuer.clone(),
            is_impersonated: signed.claims.actor.is_some(),
        })
    }
}

impl Inner {
    /// The outcome for a request with this impersonation cookie.
    pub(crate) fn impersonation<R: RequestHead>(
        self: &Arc<Self>,
        request: &R,
        cookie: Credential<'_>,
    ) -> Progress<Auth> {
        let own = match self.sources.beside_impersonation(request) {
            Ok(own) => own,
            Err(error) => return Progress::Ready(Err(error)),
        };
        let impersonated = self.impersonated(request, cookie);
        let Some(own) = own.filter(|_| !matches!(impersonated, Progress::Ready(Err(_)))) else {
            return impersonated;
        };
        let inner = Arc::clone(self);
        impersonated.and(self.owner(own), move |auth, owner| {
            inner.acted_by_owner(auth, owner)
        })
    }

    /// The session of the cookie.
    fn impersonated<R: RequestHead>(&self, request: &R, cookie: Credential<'_>) -> Progress<Auth> {
        let carrier = cookie.carrier;
        if let Some((judge, auth)) = self.recall(cookie.token, carrier) {
            let outcome = judge.admit_site(request).and_then(|()| {
                // It was verified where direct sessions are taken, too.
                let acted = auth.is_impersonated();
                acted.then_some(()).ok_or_else(|| ErrorKind::Actor.into())
            });
            return Progress::Ready(match outcome {
                Ok(()) => Ok(auth),
                Err(error) => {
                    judge.tell_refused(auth, error.kind());
                    Err(error)
                }
            });
        }
        let from_here = |judge: &Judge| judge.admit_site(request);
        match cookie.text() {
            Ok(token) => self.verify_anew(token, carrier, from_here, Judge::impersonation),
            Err(error) => Progress::Ready(Err(error)),
        }
    }

    /// Whose session the cookie beside it is.
    fn owner(&self, own: Credential<'_>) -> Progress<Owner> {
        if let Some((judge, verified)) = self.remembered(own.token, own.carrier)
            && judge.keys.generation() == Some(verified.generation)
        {
            return Progress::Ready(Ok(Owner {
                issuer: verified.auth.issuer.to_string(),
                user_id: verified.auth.user_id.to_string(),
                is_impersonated: verified.auth.is_impersonated(),
            }));
        }
        match own.text() {
            Ok(token) => self.verify_anew(token, own.carrier, |_| Ok(()), Owner::conclude),
            Err(error) => Progress::Ready(Err(error)),
        }
    }

    /// The session `auth`, if `owner` acts in it.
    fn acted_by_owner(&self, auth: Auth, owner: Result<Owner, Error>) -> Result<Auth, Error> {
        let error = match owner {
            Ok(owner) if auth.actor.as_ref().is_some_and(|actor| owner.is(actor)) => {
                return Ok(auth);
            }
            // Nothing is known against the session.
            Err(error) if error.kind() == ErrorKind::KeysUnavailable => error,
            _ => ErrorKind::ActorMismatch.into(),
        };
        if let Some(judge) = self.judge_of(&auth.issuer) {
            judge.tell_refused(auth, error.kind());
        }
        Err(error)
    }
}
