use std::sync::Arc;

use crate::claims::Claims;
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::session::Auth;
use crate::token::compact::Compact;
use crate::token::source::{Carrier, Sources};
use crate::token_cache::Verified;
use crate::verifier::judge::{Court, Judge, Signed};
use crate::verifier::progress::Progress;

/// The judges of a verifier, and which of them takes what.
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
    /// Which judges take a token from the impersonation cookie.
    pub(crate) impersonation_judges: Vec<usize>,
    pub(crate) court: Court,
}

impl Inner {
    /// Adds the judges of another, and what they take.
    pub(crate) fn add(&mut self, other: &Self) -> Result<(), ConfigError> {
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
        let indices = |judges: &[usize]| -> Vec<usize> {
            let judges = judges.iter();
            judges.map(|index| index.saturating_add(offset)).collect()
        };
        let Sources {
            websocket_protocol,
            impersonation_cookie,
            ..
        } = &mut self.sources;
        for (name, known, added) in [
            (
                "second WebSocket protocol",
                websocket_protocol,
                &other.sources.websocket_protocol,
            ),
            (
                "second impersonation cookie",
                impersonation_cookie,
                &other.sources.impersonation_cookie,
            ),
        ] {
            let Some(added) = added else {
                continue;
            };
            if known.get_or_insert_with(|| added.clone()) != added {
                return Err(ConfigError::Setting {
                    name,
                    value: added.clone(),
                });
            }
        }
        self.websocket_judges
            .extend(indices(&other.websocket_judges));
        self.impersonation_judges
            .extend(indices(&other.impersonation_judges));
        self.sources.check()
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

    /// What `conclude` makes of a token that came by `carrier`, where `from_here` has nothing against the judge's taking it.
    #[inline(never)]
    pub(crate) fn verify_anew<T: 'static>(
        &self,
        token: &str,
        carrier: Carrier,
        from_here: impl Fn(&Judge) -> Result<(), Error>,
        conclude: impl Fn(&Judge, &Signed<'_>, &Court) -> Result<T, ErrorKind> + Send + 'static,
    ) -> Progress<T> {
        let outcome = Compact::read(token, self.max_token_bytes, |parts| {
            let judge = self.judge(self.choose(parts)?, carrier)?;
            match from_here(judge) {
                Ok(()) => judge.verify(token, parts, &self.court, conclude),
                Err(error) => Ok(Progress::Ready(Err(error))),
            }
        });
        outcome.unwrap_or_else(|refusal| Progress::Ready(Err(refusal.into())))
    }

    /// The session of a token that was verified before and would be again, with its judge.
    #[inline]
    pub(crate) fn recall(&self, token: &[u8], carrier: Carrier) -> Option<(&Judge, Auth)> {
        let tokens = self.court.verified.as_deref()?;
        let (judge, verified) = self.remembered(token, carrier)?;
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

    /// What is remembered of a token, whether or not it still holds, with its judge.
    #[inline]
    pub(crate) fn remembered(&self, token: &[u8], carrier: Carrier) -> Option<(&Judge, Verified)> {
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
        Some((judge, verified))
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
            Carrier::ImpersonationCookie => self.impersonation_judges.contains(&index),
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

    /// The judge of an issuer's tokens.
    pub(crate) fn judge_of(&self, issuer: &str) -> Option<&Arc<Judge>> {
        self.judges.get(self.index_of(issuer)?)
    }

    fn index_of(&self, issuer: &str) -> Option<usize> {
        let mut judges = self.judges.iter();
        judges.position(|judge| judge.rules.issuer == *issuer)
    }
}
