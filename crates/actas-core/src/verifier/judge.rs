use std::sync::Arc;

use crate::audit::Audit;
use crate::claims::Claims;
use crate::config_error::ConfigError;
use crate::cross_site;
use crate::error::{Error, ErrorKind};
use crate::keys::{Generation, KeyFuture, KeySet, KeySource, PublicKey, WantedKey};
use crate::request::RequestHead;
use crate::rules::Rules;
use crate::session::{Auth, Shared};
use crate::token::compact::Compact;
use crate::token::header::Header;
use crate::token_cache::{Verified, VerifiedTokens};
use crate::verifier::known_headers::KnownHeaders;
use crate::verifier::progress::{Progress, Waiting};

/// Verifies the tokens of one issuer.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) rules: Rules,
    pub(crate) keys: Arc<dyn KeySource>,
    pub(crate) known_headers: KnownHeaders,
    /// Origins whose requests are not cross-site; `None` where that is not checked.
    pub(crate) trusted_origins: Option<Vec<String>>,
    pub(crate) audit: Option<Audit>,
}

/// What the judges of one verifier have in common.
#[derive(Clone)]
pub(crate) struct Court {
    pub(crate) shared: Arc<Shared>,
    pub(crate) verified: Option<Arc<VerifiedTokens>>,
}

impl Court {
    /// The same, with nothing remembered.
    pub(crate) fn emptied(&self) -> Result<Self, ConfigError> {
        let verified = self.verified.as_deref().map(VerifiedTokens::emptied);
        Ok(Self {
            shared: Arc::clone(&self.shared),
            verified: verified.transpose()?.map(Arc::new),
        })
    }
}

/// A token whose signature held, and its claims, which nobody has judged.
pub(crate) struct Signed<'t> {
    token: &'t str,
    pub(crate) claims: Claims<'t>,
    /// The key set that it was verified with.
    generation: Generation,
}

/// A key, and the set that it is of.
struct Found<'k> {
    key: &'k Arc<PublicKey>,
    generation: Generation,
    /// Whether the token's header has led to it before.
    by_known_header: bool,
}

impl Judge {
    /// What `conclude` makes of `token`, whose parts are `parts`, once its signature has held.
    pub(crate) fn verify<T: 'static>(
        self: &Arc<Self>,
        token: &str,
        parts: &Compact<'_>,
        court: &Court,
        conclude: impl Fn(&Self, &Signed<'_>, &Court) -> Result<T, ErrorKind> + Send + 'static,
    ) -> Result<Progress<T>, ErrorKind> {
        if token.len() > self.rules.max_token_bytes {
            return Err(ErrorKind::TooLarge);
        }
        let conclude_now = |found: &Found<'_>| {
            let signed = self.signed(token, parts, found)?;
            conclude(self, &signed, court).map(|outcome| Progress::Ready(Ok(outcome)))
        };
        if let Some(generation) = self.keys.generation()
            && let Some(key) = self.known_headers.find(parts.header, generation)
        {
            return conclude_now(&Found {
                key: &key,
                generation,
                by_known_header: true,
            });
        }
        let header = Header::parse(parts.header)?;
        let wanted = self.wanted(&header)?;
        let keys = self.keys.current();
        if let Some(found) = keys.as_deref().and_then(|keys| find(keys, wanted)) {
            return conclude_now(&found);
        }
        match (self.keys.refresh(wanted), keys) {
            (Some(fetch), _) => Ok(self.wait(fetch, token, court, conclude)),
            (None, Some(_)) => Err(ErrorKind::UnknownKey),
            (None, None) => Ok(Progress::Ready(Err(Error::keys_unavailable(None)))),
        }
    }

    fn wait<T: 'static>(
        self: &Arc<Self>,
        fetch: KeyFuture,
        token: &str,
        court: &Court,
        conclude: impl Fn(&Self, &Signed<'_>, &Court) -> Result<T, ErrorKind> + Send + 'static,
    ) -> Progress<T> {
        let (judge, token, court) = (Arc::clone(self), token.to_owned(), court.clone());
        Progress::Waiting(Waiting::new(async move {
            // Whatever a source says, the token is not to blame for it.
            let outage = |error: Error| Error::keys_unavailable(error.retry_after());
            let keys = fetch.await.map_err(outage)?;
            let outcome = Compact::read(&token, judge.rules.max_token_bytes, |parts| {
                let header = Header::parse(parts.header)?;
                let found = find(&keys, judge.wanted(&header)?).ok_or(ErrorKind::UnknownKey)?;
                let signed = judge.signed(&token, parts, &found)?;
                conclude(&judge, &signed, &court)
            })?;
            Ok(outcome)
        }))
    }

    fn wanted<'h>(&self, header: &'h Header<'_>) -> Result<WantedKey<'h>, ErrorKind> {
        let algorithm = self.rules.judge_header(header)?;
        Ok(WantedKey::new(header.key_id(), algorithm))
    }

    /// Verifies the signature of a token whose form and header have passed.
    fn signed<'t>(
        &self,
        token: &'t str,
        parts: &Compact<'t>,
        found: &Found<'_>,
    ) -> Result<Signed<'t>, ErrorKind> {
        if !found.key.verify(parts.signed.as_bytes(), parts.signature) {
            return Err(ErrorKind::Signature);
        }
        if !found.by_known_header {
            self.known_headers
                .keep(parts.header, found.key, found.generation);
        }
        let claims = std::str::from_utf8(parts.payload)
            .ok()
            .and_then(|text| Claims::parse(text, &self.rules.watched))
            .ok_or(ErrorKind::Claims)?;
        Ok(Signed {
            token,
            claims,
            generation: found.generation,
        })
    }

    /// The session of a token, which is remembered.
    pub(crate) fn session(&self, signed: &Signed<'_>, court: &Court) -> Result<Auth, ErrorKind> {
        self.session_or(ErrorKind::Expired, signed, court)
    }

    /// The session of a token that came in the impersonation cookie, which is remembered.
    pub(crate) fn impersonation(
        &self,
        signed: &Signed<'_>,
        court: &Court,
    ) -> Result<Auth, ErrorKind> {
        if signed.claims.actor.is_none() {
            return Err(ErrorKind::Actor);
        }
        self.session_or(ErrorKind::ImpersonationEnded, signed, court)
    }

    /// The session, or `ended` where it is over and somebody acted in it.
    fn session_or(
        &self,
        ended: ErrorKind,
        signed: &Signed<'_>,
        court: &Court,
    ) -> Result<Auth, ErrorKind> {
        let now = court.shared.clock.now();
        let auth = match self.rules.judge_claims(&signed.claims, now, &court.shared) {
            Ok(session) => Auth::new(session),
            Err(kind) => return Err(self.refused(kind, ended, signed, court, now)),
        };
        if let (Some(verified), Some(at)) = (&court.verified, now) {
            let outcome = Verified::new(auth.clone(), signed.generation, at);
            // In its last fraction of a second it would be forgotten by the next request.
            if outcome.holds_at(at) {
                verified.insert(signed.token, outcome);
            }
        }
        Ok(auth)
    }

    /// The kind of a refusal, which is told where that is recorded.
    fn refused(
        &self,
        kind: ErrorKind,
        ended: ErrorKind,
        signed: &Signed<'_>,
        court: &Court,
        now: Option<u64>,
    ) -> ErrorKind {
        if self.audit.is_none() && ended == ErrorKind::Expired {
            return kind;
        }
        let Some(session) = self.rules.impersonated(&signed.claims, &court.shared) else {
            return kind;
        };
        let end = u64::try_from(session.ends_at()).unwrap_or(0);
        let is_over = kind == ErrorKind::Expired && now.is_some_and(|now| end <= now);
        let kind = if is_over { ended } else { kind };
        self.tell_refused(Auth::new(session), kind);
        kind
    }

    /// Whether a request with a cookie credential comes from where this judge takes one.
    pub(crate) fn admit_site<R: RequestHead>(&self, request: &R) -> Result<(), Error> {
        match &self.trusted_origins {
            Some(trusted) => cross_site::check(request, trusted),
            None => Ok(()),
        }
    }

    /// Tells of a verified token that was refused, where somebody acts in its session and that is recorded.
    pub(crate) fn tell_refused(&self, session: Auth, kind: ErrorKind) {
        if let Some(audit) = &self.audit
            && session.is_impersonated()
        {
            audit.refused(session, kind);
        }
    }
}

fn find<'k>(keys: &'k KeySet, wanted: WantedKey<'_>) -> Option<Found<'k>> {
    let key = keys.find_shared(wanted.kid, wanted.algorithm)?;
    Some(Found {
        key,
        generation: keys.generation(),
        by_known_header: false,
    })
}
