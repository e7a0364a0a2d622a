use std::fmt;
use std::sync::Arc;

use crate::claims::Claims;
use crate::cross_site;
use crate::error::{ConfigError, ErrorKind};
use crate::json::Json;
use crate::refusal::Refusals;
use crate::request::RequestHead;
use crate::session::{Auth, Shared, SignedOut};
use crate::token::compact::{Compact, decoded};
use crate::token::source::{Carrier, Sources};
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

pub(crate) struct Inner {
    /// One for each issuer.
    pub(crate) judges: Vec<Arc<Judge>>,
    pub(crate) sources: Sources,
    /// Which judges take a cookie of each of the sources' names.
    pub(crate) cookie_judges: Vec<Vec<usize>>,
    pub(crate) shared: Arc<Shared>,
}

impl Verifier {
    /// One verifier for the tokens of several issuers.
    ///
    /// The token's unverified `iss` chooses, by exact match, which of them judges it: each by its own rules and keys.
    /// A cookie is judged only by a verifier that has its name. Clock and refusals are the first one's.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoVerifier`] when `verifiers` is empty, [`ConfigError::DuplicateIssuer`] when two of them stand
    /// for one issuer.
    pub fn any_of(verifiers: impl IntoIterator<Item = Self>) -> Result<Self, ConfigError> {
        let mut verifiers = verifiers.into_iter();
        let first = verifiers.next().ok_or(ConfigError::NoVerifier)?;
        let mut all = Inner {
            judges: first.inner.judges.clone(),
            sources: first.inner.sources.clone(),
            cookie_judges: first.inner.cookie_judges.clone(),
            shared: Arc::clone(&first.inner.shared),
        };
        for verifier in verifiers {
            all.add(&verifier.inner)?;
        }
        Ok(Self {
            inner: Arc::new(all),
        })
    }

    /// Verifies a token, however it came.
    pub fn verify(&self, token: &str) -> Progress<Auth> {
        match self.inner.choose(token, None) {
            Ok(judge) => judge.verify(token, &self.inner.shared),
            Err(refusal) => Progress::Ready(Err(refusal.into())),
        }
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
        let cookie = match credential.carrier {
            Carrier::Cookie(index) => Some(index),
            Carrier::Authorization | Carrier::WebSocketProtocol => None,
        };
        let judge = match self.inner.choose(credential.token, cookie) {
            Ok(judge) => judge,
            Err(refusal) => return Progress::Ready(Err(refusal.into())),
        };
        if let (Some(_), Some(trusted)) = (cookie, &judge.trusted_origins)
            && let Err(error) = cross_site::check(request, trusted)
        {
            return Progress::Ready(Err(error));
        }
        judge.verify(credential.token, &self.inner.shared).map(Some)
    }

    /// How the application words its refusals.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.inner.shared.refusals
    }

    /// The mark that an adapter leaves on a request that carried no credential where authentication is optional.
    #[must_use]
    pub fn signed_out(&self) -> SignedOut {
        SignedOut::new(Arc::clone(&self.inner.shared))
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
        for judge in &other.judges {
            if self
                .judges
                .iter()
                .any(|known| known.rules.issuer == judge.rules.issuer)
            {
                return Err(ConfigError::DuplicateIssuer(judge.rules.issuer.clone()));
            }
            self.judges.push(Arc::clone(judge));
        }
        for (name, judges) in other.sources.cookie_names.iter().zip(&other.cookie_judges) {
            let judges = judges.iter().map(|index| index.saturating_add(offset));
            let known = self
                .sources
                .cookie_names
                .iter()
                .position(|known| known == name);
            if let Some(known) = known.and_then(|index| self.cookie_judges.get_mut(index)) {
                known.extend(judges);
            } else {
                self.sources.cookie_names.push(name.clone());
                self.cookie_judges.push(judges.collect());
            }
        }
        if self.sources.websocket_protocol.is_none() {
            self.sources
                .websocket_protocol
                .clone_from(&other.sources.websocket_protocol);
        }
        Ok(())
    }

    /// Who is to judge: the only one, or the one whose issuer the token names, if that one takes the cookie it came in.
    fn choose(&self, token: &str, cookie: Option<usize>) -> Result<&Arc<Judge>, ErrorKind> {
        let index = if self.judges.len() == 1 {
            0
        } else {
            self.named(token)?
        };
        let takes_cookie = cookie.is_none_or(|cookie| {
            let judges = self.cookie_judges.get(cookie);
            judges.is_some_and(|judges| judges.contains(&index))
        });
        let judge = self.judges.get(index).filter(|_| takes_cookie);
        judge.ok_or(ErrorKind::UnknownIssuer)
    }

    /// The judge whose issuer the token names. Its `iss` is the one thing that is read before the signature.
    fn named(&self, token: &str) -> Result<usize, ErrorKind> {
        let limits = self.judges.iter().map(|judge| judge.rules.max_token_bytes);
        let token = Compact::parse(token, limits.max().unwrap_or_default())?;
        decoded(token.payload, |payload| {
            let text = std::str::from_utf8(payload).map_err(|_| ErrorKind::Claims)?;
            let claims = Claims::parse(text, &[]).ok_or(ErrorKind::Claims)?;
            let mut judges = self.judges.iter();
            judges
                .position(|judge| matches!(&claims.issuer, Json::String(issuer) if *issuer == judge.rules.issuer))
                .ok_or(ErrorKind::UnknownIssuer)
        })
    }
}
