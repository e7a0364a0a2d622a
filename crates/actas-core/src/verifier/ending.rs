//! Which session a request asks to be ended.

use crate::audit::AuditContext;
use crate::error::{Error, ErrorKind};
use crate::request::RequestHead;
use crate::token::source::Credential;
use crate::verifier::judge::{Court, Judge, Signed};
use crate::verifier::progress::Progress;
use crate::verifier::verify::Verifier;

/// What a request that stops an impersonation has to be ended.
///
/// Whatever it is, a route that stops deletes the impersonation cookie: see [`Verifier::session_to_end`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Ending {
    /// An impersonated session, which may have ended before.
    Session(SessionToEnd),
    /// A credential that cannot be verified, for this reason: which session it is, nobody knows.
    Unverified(Error),
    /// Nobody acts as the user, or no credential was sent.
    Nothing,
}

/// An impersonated session as its token names it, to be ended and for nothing else.
///
/// The token's signature held, and it is a session token. Whether it has expired, and whether it is meant for this application, was not judged: it says
/// nothing of who has sent the request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionToEnd {
    /// Who issued the session's token.
    pub issuer: String,
    /// The session within the issuer, as [`SessionKey`](crate::SessionKey) prints it.
    pub session: String,
    /// `sid`, where the token has one.
    pub session_id: Option<String>,
    /// The user for whom somebody acts.
    pub user_id: String,
    /// `iss` of the actor, or the token's issuer where it names none.
    pub actor_issuer: String,
    /// `sub` of the actor.
    pub actor_subject: String,
    /// The organisation that is active in the session.
    pub organization_id: Option<String>,
    /// When the verifier stops taking the token: its expiry and the leeway, in whole seconds since the Unix epoch.
    pub ends_at: i64,
}

impl SessionToEnd {
    /// `None` where nobody acts.
    fn conclude(
        judge: &Judge,
        signed: &Signed<'_>,
        court: &Court,
    ) -> Result<Option<Self>, ErrorKind> {
        if signed.claims.actor.is_none() {
            return Ok(None);
        }
        judge.rules.separator.judge_claims(&signed.claims)?;
        let session = judge.rules.impersonated(&signed.claims, &court.shared);
        let session = session.ok_or(ErrorKind::Claims)?;
        Ok(session.actor.as_ref().map(|actor| Self {
            issuer: session.issuer.to_string(),
            session: session.session_key().to_string(),
            session_id: session.session_id.as_deref().map(str::to_owned),
            user_id: session.user_id.to_string(),
            actor_issuer: actor.issuer.to_string(),
            actor_subject: actor.subject.to_string(),
            organization_id: session.organization().map(|active| active.id.clone()),
            ends_at: session.ends_at(),
        }))
    }
}

/// What the record knows the session by.
impl From<&SessionToEnd> for AuditContext {
    fn from(ended: &SessionToEnd) -> Self {
        Self {
            issuer: ended.issuer.clone(),
            session: ended.session.clone(),
            user_id: ended.user_id.clone(),
            actor_issuer: ended.actor_issuer.clone(),
            actor_subject: ended.actor_subject.clone(),
            organization_id: ended.organization_id.clone(),
            request: None,
        }
    }
}

impl Verifier {
    /// Finds the session that a request asks to be ended: for the route that stops an impersonation, and no other.
    ///
    /// It is that of the impersonation cookie, or where there is none, that of the request's one credential, if somebody acts
    /// in it. Its signature is verified. Its times are not judged, so that a session can be stopped that has expired.
    ///
    /// # Errors
    ///
    /// The [`Progress`] ends in [`ErrorKind::CrossSite`] when the request comes from another site, unless a program has sent the
    /// credential: also where there is none, since a browser that withholds a cookie from another site's form would still
    /// delete it. Every other refusal is an [`Ending`].
    pub fn session_to_end<R: RequestHead>(&self, request: &R) -> Progress<Ending> {
        let sources = &self.inner.sources;
        let credential = match sources.impersonation(request) {
            Ok(None) => match sources.extract(request) {
                Ok(Some(sent)) if !sent.carrier.is_cookie() => Ok(Some(sent)),
                _ if !self.is_from_a_site_of_ours(request) => {
                    return Progress::Ready(Err(ErrorKind::CrossSite.into()));
                }
                found => found,
            },
            cookie => match self.admit_site(request) {
                Ok(()) => cookie,
                Err(error) => return Progress::Ready(Err(error)),
            },
        };
        match credential {
            Ok(Some(credential)) => self.to_end(request, credential),
            Ok(None) => Progress::Ready(Ok(Ending::Nothing)),
            Err(error) => Progress::Ready(Ok(Ending::Unverified(error))),
        }
    }

    fn to_end<R: RequestHead>(&self, request: &R, credential: Credential<'_>) -> Progress<Ending> {
        let carrier = credential.carrier;
        let from_here = |judge: &Judge| {
            if carrier.is_cookie() {
                judge.admit_site(request)
            } else {
                Ok(())
            }
        };
        let found = match credential.text() {
            Ok(token) => {
                let inner = &self.inner;
                inner.verify_anew(token, carrier, from_here, SessionToEnd::conclude)
            }
            Err(error) => Progress::Ready(Err(error)),
        };
        found.then(|found| match found {
            Ok(Some(session)) => Ok(Ending::Session(session)),
            Ok(None) => Ok(Ending::Nothing),
            Err(error) if error.kind() == ErrorKind::CrossSite => Err(error),
            Err(error) => Ok(Ending::Unverified(error)),
        })
    }

    /// Whether a request comes from where one of all judges takes a cookie.
    fn is_from_a_site_of_ours<R: RequestHead>(&self, request: &R) -> bool {
        let mut judges = self.inner.judges.iter();
        judges.any(|judge| judge.admit_site(request).is_ok())
    }

    /// Whether a request with an impersonation cookie comes from where one of those who take it does, whatever it holds.
    fn admit_site<R: RequestHead>(&self, request: &R) -> Result<(), Error> {
        let mut judges = self.inner.impersonation_judges.iter();
        let admits = |index: &usize| {
            let judge = self.inner.judges.get(*index);
            judge.is_some_and(|judge| judge.admit_site(request).is_ok())
        };
        if judges.any(admits) {
            Ok(())
        } else {
            Err(ErrorKind::CrossSite.into())
        }
    }
}
