use std::fmt;
use std::sync::Arc;

use crate::audit::{AuditedRequest, Call, Reservation};
use crate::claims::Claims;
use crate::config_error::ConfigError;
use crate::cross_site;
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::refusal::{Refusals, is_grpc};
use crate::request::RequestHead;
use crate::session::{Auth, SignedOut};
use crate::token::compact::Compact;
use crate::token::source::{Carrier, Sources};
use crate::verifier::judge::{Court, Judge};
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

pub(crate) struct Inner {
    /// One for each issuer.
    pub(crate) judges: Vec<Arc<Judge>>,
    pub(crate) sources: Sources,
    /// Which judges take a cookie of each of the sources' names.
    pub(crate) cookie_judges: Vec<Vec<usize>>,
    /// Bytes of the largest token that any of them takes.
    pub(crate) max_token_bytes: usize,
    /// Which judges take a token from `Sec-WebSocket-Protocol`.
    pub(crate) websocket_judges: Vec<usize>,
    pub(crate) court: Court,
}

impl Verifier {
    /// One verifier for the tokens of several issuers.
    ///
    /// The token's unverified `iss` chooses, by exact match, which of them judges it: each by its own rules and keys.
    /// A token from a cookie or from `Sec-WebSocket-Protocol` is judged only by a verifier that takes it from there.
    /// Clock, refusals and the settings of the token cache are the first one's; user ids are hashed for all where one of them
    /// hashes them. Where impersonated requests are recorded is each one's own, but either all of them record or none does.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoVerifier`] when `verifiers` is empty, [`ConfigError::DuplicateIssuer`] when two of them stand
    /// for one issuer, [`ConfigError::Setting`] when two of them name different WebSocket protocols
    /// or keys for hashed user ids,
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
        self.inner.verify_anew(token, carrier, |_| Ok(()))
    }

    /// Finds the credential of a request and verifies it; `None` where the request carries none.
    ///
    /// A cookie credential on a request that changes something is refused when the request comes from another site.
    ///
    /// # Errors
    ///
    /// The [`Progress`] ends in an error when the credential is malformed, doubled or refused, or when the keys to
    /// judge it cannot be had.
    pub fn authenticate<R: RequestHead>(&self, request: &R) -> Progress<Option<Auth>> {
        let credential = match self.inner.sources.extract(request) {
            Ok(Some(credential)) => credential,
            Ok(None) => return Progress::Ready(Ok(None)),
            Err(error) => return Progress::Ready(Err(error)),
        };
        let carrier = credential.carrier;
        let from_here = |judge: &Judge| match (carrier, &judge.trusted_origins) {
            (Carrier::Cookie(_), Some(trusted)) => cross_site::check(request, trusted),
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
            Ok(token) => self.inner.verify_anew(token, carrier, from_here).map(Some),
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
        let index = self.inner.index_of(&auth.issuer);
        let Some(judge) = index.and_then(|index| self.inner.judges.get(index)) else {
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

impl Inner {
    fn add(&mut self, other: &Self) -> Result<(), ConfigError> {
        let offset = self.judges.len();
        self.max_token_bytes = self.max_token_bytes.max(other.max_token_bytes);
        for judge in &other.judges {
            if self
                .judges
                .iter()
                .any(|known| known.rules.issuer == judge.rules.issuer)
            {
                return Err(ConfigError::DuplicateIssuer(judge.rules.issuer.clone()));
            }
            if self
                .judges
                .iter()
                .any(|known| known.audit.is_some() != judge.audit.is_some())
            {
                return Err(ConfigError::Unaudited);
            }
            self.judges.push(Arc::clone(judge));
        }
        let user_ids = &self.court.shared.user_ids;
        if let Some(joined) = user_ids.joined(&other.court.shared.user_ids)? {
            Arc::make_mut(&mut self.court.shared).user_ids = joined;
        }
        self.add_cookies(other, offset);
        if let Some(prefix) = &other.sources.websocket_protocol {
            let known = self
                .sources
                .websocket_protocol
                .get_or_insert_with(|| prefix.clone());
            if known != prefix {
                return Err(ConfigError::Setting {
                    name: "second WebSocket protocol",
                    value: prefix.clone(),
                });
            }
            let judges = other.websocket_judges.iter();
            self.websocket_judges
                .extend(judges.map(|index| index.saturating_add(offset)));
        }
        Ok(())
    }

    /// Keeps the order of each: the other's names come before the first one that both have, which is the less particular.
    fn add_cookies(&mut self, other: &Self, offset: usize) {
        let names = &other.sources.cookie_names;
        let position =
            |known: &[String], name: &String| known.iter().position(|known| known == name);
        let shared = names
            .iter()
            .find_map(|name| position(&self.sources.cookie_names, name));
        let mut insert_at = shared.unwrap_or(self.sources.cookie_names.len());
        for (name, judges) in names.iter().zip(&other.cookie_judges) {
            let judges = judges.iter().map(|index| index.saturating_add(offset));
            let known = position(&self.sources.cookie_names, name);
            if let Some(known) = known.and_then(|index| self.cookie_judges.get_mut(index)) {
                known.extend(judges);
                continue;
            }
            self.sources.cookie_names.insert(insert_at, name.clone());
            self.cookie_judges.insert(insert_at, judges.collect());
            insert_at = insert_at.saturating_add(1);
        }
    }

    /// The outcome for a token that came by `carrier`, where `from_here` has nothing against the judge's taking it.
    #[inline(never)]
    fn verify_anew(
        &self,
        token: &str,
        carrier: Carrier,
        from_here: impl Fn(&Judge) -> Result<(), Error>,
    ) -> Progress<Auth> {
        let outcome = Compact::read(token, self.max_token_bytes, |parts| {
            let judge = self.judge(self.choose(parts)?, carrier)?;
            match from_here(judge) {
                Ok(()) => judge.verify(token, parts, &self.court),
                Err(error) => Ok(Progress::Ready(Err(error))),
            }
        });
        outcome.unwrap_or_else(|refusal| Progress::Ready(Err(refusal.into())))
    }

    /// The session of a token that was verified before and would be again, with its judge.
    #[inline]
    fn recall(&self, token: &[u8], carrier: Carrier) -> Option<(&Judge, Auth)> {
        let tokens = self.court.verified.as_deref()?;
        if token.len() > self.max_token_bytes {
            return None;
        }
        let verified = tokens.get(token)?;
        let index = match self.judges.len() {
            1 => 0,
            _ => self.index_of(&verified.auth.issuer)?,
        };
        let judge = self.judge(index, carrier).ok()?;
        let generation = judge.keys.generation()?;
        let now = self.court.shared.clock.now()?;
        if generation == verified.generation && verified.holds_at(now) {
            return Some((judge, verified.auth));
        }
        if generation != verified.generation || verified.is_over_at(now) {
            tokens.forget(token, &verified);
        }
        None
    }

    /// The judge, if it takes tokens that come by `carrier`.
    #[inline]
    fn judge(&self, index: usize, carrier: Carrier) -> Result<&Arc<Judge>, ErrorKind> {
        let takes = match carrier {
            Carrier::Authorization => true,
            Carrier::WebSocketProtocol => self.websocket_judges.contains(&index),
            Carrier::Cookie(cookie) => {
                let judges = self.cookie_judges.get(cookie);
                judges.is_some_and(|judges| judges.contains(&index))
            }
        };
        let judge = self.judges.get(index).filter(|_| takes);
        judge.ok_or(ErrorKind::UnknownIssuer)
    }

    /// Who is to judge: the only one, or the one whose issuer the token names. Its `iss` is the one thing that is read
    /// before the signature.
    fn choose(&self, parts: &Compact<'_>) -> Result<usize, ErrorKind> {
        if self.judges.len() == 1 {
            return Ok(0);
        }
        let claims = std::str::from_utf8(parts.payload)
            .ok()
            .and_then(|text| Claims::parse(text, &[]))
            .ok_or(ErrorKind::Claims)?;
        let Json::String(issuer) = &claims.issuer else {
            return Err(ErrorKind::UnknownIssuer);
        };
        self.index_of(issuer).ok_or(ErrorKind::UnknownIssuer)
    }

    fn index_of(&self, issuer: &str) -> Option<usize> {
        let mut judges = self.judges.iter();
        judges.position(|judge| judge.rules.issuer == *issuer)
    }
}
