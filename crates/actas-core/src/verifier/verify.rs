use std::fmt;
use std::sync::Arc;

use crate::audit::{AuditedRequest, Call, Reservation};
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::refusal::{Refusals, is_grpc};
use crate::request::RequestHead;
use crate::session::{Auth, SignedOut};
use crate::token::source::Carrier;
use crate::verifier::inner::Inner;
use crate::verifier::judge::Judge;
use crate::verifier::progress::Progress;

/// Verifies session tokens.
///
/// Built from the profile of an issuer, or from several verifiers by [`Verifier::any_of`]. Cloning costs one reference
/// count; an application builds one and shares it.
///
/// The checks, in this order, the signature before any claim: size, form, header (`alg`, `typ`, `crit`, `cat`), key,
/// signature, `iss`, `exp`, `nbf`, `iat`, `aud`, `azp`, `sub`, `sid`, what separates session tokens, `sts`, `act`.
#[derive(Clone)]
pub struct Verifier {
    pub(crate) inner: Arc<Inner>,
}

impl Verifier {
    /// One verifier for the tokens of several issuers.
    ///
    /// The token's unverified `iss` chooses, by exact match, which of them judges it: each by its own rules and keys.
    /// A token from a cookie or from `Sec-WebSocket-Protocol` is judged only by a verifier that takes it from there; the session
    /// beside an [impersonation cookie](crate::VerifierBuilder::with_impersonation_cookie) may be of any of them.
    /// Clock, refusals and the settings of the token cache are the first one's; user ids are hashed for all where one of them
    /// hashes them. Where impersonated requests are recorded is each one's own, but either all of them record or none does.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoVerifier`] when `verifiers` is empty, [`ConfigError::DuplicateIssuer`] when two of them stand
    /// for one issuer, [`ConfigError::Setting`] when two of them name different WebSocket protocols,
    /// impersonation cookies or keys for hashed user ids, or when one's impersonation cookie is another's session cookie,
    /// [`ConfigError::Unaudited`] when some of them record impersonated requests and others do not,
    /// [`ConfigError::NoRandomness`] as the builder.
    pub fn any_of(verifiers: impl IntoIterator<Item = Self>) -> Result<Self, ConfigError> {
        let mut verifiers = verifiers.into_iter();
        let first = verifiers.next().ok_or(ConfigError::NoVerifier)?;
        let mut all = Inner {
            judges: first.inner.judges.clone(),
            max_token_bytes: first.inner.max_token_bytes,
            sources: first.inner.sources.clone(),
            cookie_judges: first.inner.cookie_judges.clone(),
            websocket_judges: first.inner.websocket_judges.clone(),
            impersonation_judges: first.inner.impersonation_judges.clone(),
            court: first.inner.court.emptied()?,
        };
        for verifier in verifiers {
            all.add(&verifier.inner)?;
        }
        Ok(Self {
            inner: Arc::new(all),
        })
    }

    /// Verifies a token, however it came.
    ///
    /// # Errors
    ///
    /// The [`Progress`] ends in an error when the token is refused, or when the keys to judge it cannot be had.
    pub fn verify(&self, token: &str) -> Progress<Auth> {
        let carrier = Carrier::Authorization;
        if let Some((_, auth)) = self.inner.recall(token.as_bytes(), carrier) {
            return Progress::Ready(Ok(auth));
        }
        self.inner
            .verify_anew(token, carrier, |_| Ok(()), Judge::session)
    }

    /// Finds the credential of a request and verifies it; `None` where the request carries none.
    ///
    /// A cookie credential on a request that changes something is refused when the request comes from another site. Where
    /// there is an [impersonation cookie](crate::VerifierBuilder::with_impersonation_cookie), it decides.
    ///
    /// # Errors
    ///
    /// The [`Progress`] ends in an error when the credential is malformed, doubled or refused, or when the keys to
    /// judge it cannot be had.
    pub fn authenticate<R: RequestHead>(&self, request: &R) -> Progress<Option<Auth>> {
        match self.inner.sources.impersonation(request) {
            Ok(None) => {}
            Ok(Some(cookie)) => return self.inner.impersonation(request, cookie).map(Some),
            Err(error) => return Progress::Ready(Err(error)),
        }
        let credential = match self.inner.sources.extract(request) {
            Ok(Some(credential)) => credential,
            Ok(None) => return Progress::Ready(Ok(None)),
            Err(error) => return Progress::Ready(Err(error)),
        };
        let carrier = credential.carrier;
        let from_here = |judge: &Judge| match carrier {
            Carrier::Cookie(_) => judge.admit_site(request),
            _ => Ok(()),
        };
        if let Some((judge, auth)) = self.inner.recall(credential.token, carrier) {
            return Progress::Ready(match from_here(judge) {
                Ok(()) => Ok(Some(auth)),
                Err(error) => {
                    judge.tell_refused(auth, error.kind());
                    Err(error)
                }
            });
        }
        match credential.text() {
            Ok(token) => {
                let inner = &self.inner;
                let session = inner.verify_anew(token, carrier, from_here, Judge::session);
                session.map(Some)
            }
            Err(error) => Progress::Ready(Err(error)),
        }
    }

    /// Asks for the record of a request with the session `auth`, on the route whose template is `route`: the request runs once
    /// it is [reserved](Reservation). `None` where there is nothing to record: the session is direct, or nothing is
    /// recorded here.
    ///
    /// Where requests are recorded, and the session is of an issuer that this verifier does not stand for, the reservation
    /// resolves to [`ErrorKind::AuditUnavailable`].
    #[must_use]
    pub fn reserve<R: RequestHead>(
        &self,
        auth: &Auth,
        request: &R,
        route: Option<&str>,
    ) -> Option<Reservation> {
        if !auth.is_impersonated() {
            return None;
        }
        let Some(judge) = self.inner.judge_of(&auth.issuer) else {
            return self.is_audited().then(|| Reservation::foreign(auth));
        };
        let audit = judge.audit.as_ref()?;
        let proxies = audit.proxies.as_ref();
        let audited = AuditedRequest::new(auth, request, route, proxies);
        let call = if is_grpc(request) {
            Call::Grpc
        } else {
            Call::Http
        };
        Some(audit.reserve(audited, call))
    }

    /// The session `auth`, for a handler that no authentication layer stands around to record what it does.
    ///
    /// This is what the adapters' extractors stand on that verify a session themselves.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingLayer`] and a line in the log where the session is impersonated and such requests
    /// [are recorded](Self::is_audited).
    pub fn unlayered(&self, auth: Auth) -> Result<Auth, Error> {
        if auth.is_impersonated() && self.is_audited() {
            tracing::error!(
                "an impersonated request was refused: `Verified` cannot record it, which takes AuthLayer around the route and the extractor `Auth`"
            );
            return Err(ErrorKind::MissingLayer.into());
        }
        Ok(auth)
    }

    /// Whether impersonated requests are recorded.
    #[must_use]
    pub fn is_audited(&self) -> bool {
        self.inner.judges.iter().any(|judge| judge.audit.is_some())
    }

    /// Whether the [impersonation cookie](crate::VerifierBuilder::with_impersonation_cookie) of this name decides here.
    #[must_use]
    pub fn takes_impersonation_cookie(&self, name: &str) -> bool {
        self.inner.sources.impersonation_cookie.as_deref() == Some(name)
    }

    /// How the application words its refusals.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.inner.court.shared.refusals
    }

    /// The mark that an adapter leaves on a request that carried no credential where authentication is optional.
    #[must_use]
    pub fn signed_out(&self) -> SignedOut {
        SignedOut::new(Arc::clone(&self.inner.court.shared))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.inner.judges.iter().map(|judge| &judge.rules.issuer);
        f.debug_struct("Verifier")
            .field("issuers", &issuers.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
