use std::sync::Arc;

use crate::audit::Audit;
use crate::claims::Claims;
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::keys::{Generation, KeyFuture, KeySet, KeySource, PublicKey, WantedKey};
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

/// A key, and the set that it is of.
struct Found<'k> {
    key: &'k Arc<PublicKey>,
    generation: Generation,
    /// Whether the token's header has led to it before.
    by_known_header: bool,
}

impl Judge {
    /// The outcome for `token`, whose parts are `parts`.
    pub(crate) fn verify(
        self: &Arc<Self>,
        token: &str,
        parts: &Compact<'_>,
        court: &Court,
    ) -> Result<Progress<Auth>, ErrorKind> {
        if token.len() > self.rules.max_token_bytes {
            return Err(ErrorKind::TooLarge);
        }
        if let Some(generation) = self.keys.generation()
            && let Some(key) = self.known_headers.find(parts.header, generation)
        {
            let found = Found {
                key: &key,
                generation,
                by_known_header: true,
            };
            return self
                .judge(token, parts, &found, court)
                .map(|auth| Progress::Ready(Ok(auth)));
        }
        let header = Header::parse(parts.header)?;
        let wanted = self.wanted(&header)?;
        let keys = self.keys.current();
        if let Some(found) = keys.as_deref().and_then(|keys| find(keys, wanted)) {
            return self
                .judge(token, parts, &found, court)
                .map(|auth| Progress::Ready(Ok(auth)));
        }
        match (self.keys.refresh(wanted), keys) {
            (Some(fetch), _) => Ok(self.wait(fetch, token, court)),
            (None, Some(_)) => Err(ErrorKind::UnknownKey),
            (None, None) => Ok(Progress::Ready(Err(Error::keys_unavailable(None)))),
        }
    }

    fn wait(self: &Arc<Self>, fetch: KeyFuture, token: &str, court: &Court) -> Progress<Auth> {
        let (judge, token, court) = (Arc::clone(self), token.to_owned(), court.clone());
        Progress::Waiting(Waiting::new(async move {
            // Whatever a source says, the token is not to blame for it.
            let outage = |error: Error| Error::keys_unavailable(error.retry_after());
            let keys = fetch.await.map_err(outage)?;
            let auth = Compact::read(&token, judge.rules.max_token_bytes, |parts| {
                let header = Header::parse(parts.header)?;
                let found = find(&keys, judge.wanted(&header)?).ok_or(ErrorKind::UnknownKey)?;
                judge.judge(&token, parts, &found, &court)
            })?;
            Ok(auth)
        }))
    }

    fn wanted<'h>(&self, header: &'h Header<'_>) -> Result<WantedKey<'h>, ErrorKind> {
        let algorithm = self.rules.judge_header(header)?;
        Ok(WantedKey::new(header.key_id(), algorithm))
    }

    /// Judges a token whose form and header have passed, and remembers it if it is valid.
    fn judge(
        &self,
        token: &str,
        parts: &Compact<'_>,
        found: &Found<'_>,
        court: &Court,
    ) -> Result<Auth, ErrorKind> {
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
        let now = court.shared.clock.now();
        let auth = match self.rules.judge_claims(&claims, now, &court.shared) {
            Ok(session) => Auth::new(session),
            Err(kind) => {
                if self.audit.is_some()
                    && let Some(session) = self.rules.impersonated(&claims, &court.shared)
                {
                    self.tell_refused(Auth::new(session), kind);
                }
                return Err(kind);
            }
        };
        if let (Some(verified), Some(at)) = (&court.verified, now) {
            let outcome = Verified::new(auth.clone(), found.generation, at);
            // In its last fraction of a second it would be forgotten by the next request.
            if outcome.holds_at(at) {
                verified.insert(token, outcome);
            }
        }
        Ok(auth)
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
