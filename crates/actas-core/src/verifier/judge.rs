use std::sync::Arc;

use crate::claims::Claims;
use crate::error::{Error, ErrorKind};
use crate::keys::{KeyFuture, KeySource, PublicKey, WantedKey};
use crate::rules::Rules;
use crate::session::{Auth, Shared};
use crate::token::compact::{Compact, decoded};
use crate::token::header::Header;
use crate::verifier::progress::{Progress, Waiting};

/// Verifies the tokens of one issuer.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) rules: Rules,
    pub(crate) keys: Arc<dyn KeySource>,
    /// Origins whose requests are not cross-site; `None` where that is not checked.
    pub(crate) trusted_origins: Option<Vec<String>>,
}

impl Judge {
    pub(crate) fn verify(self: &Arc<Self>, token: &str, shared: &Arc<Shared>) -> Progress<Auth> {
        let progress = self.with_header(token, |compact, wanted| {
            let keys = self.keys.current();
            let key = keys
                .as_ref()
                .and_then(|keys| keys.find(wanted.kid, wanted.algorithm));
            if let Some(key) = key {
                return self
                    .judge(compact, key, shared)
                    .map(|auth| Progress::Ready(Ok(auth)));
            }
            Ok(match (self.keys.refresh(wanted), keys) {
                (Some(fetch), _) => self.wait(fetch, token, shared),
                (None, Some(_)) => return Err(ErrorKind::UnknownKey),
                (None, None) => Progress::Ready(Err(Error::keys_unavailable(None))),
            })
        });
        progress.unwrap_or_else(|refusal| Progress::Ready(Err(refusal.into())))
    }

    fn wait(
        self: &Arc<Self>,
        fetch: KeyFuture,
        token: &str,
        shared: &Arc<Shared>,
    ) -> Progress<Auth> {
        let (judge, token, shared) = (Arc::clone(self), token.to_owned(), Arc::clone(shared));
        Progress::Waiting(Waiting::new(async move {
            // Whatever a source says, the token is not to blame for it.
            let outage = |error: Error| Error::keys_unavailable(error.retry_after());
            let keys = fetch.await.map_err(outage)?;
            let auth = judge.with_header(&token, |compact, wanted| {
                let key = keys.find(wanted.kid, wanted.algorithm);
                judge.judge(compact, key.ok_or(ErrorKind::UnknownKey)?, &shared)
            })?;
            Ok(auth)
        }))
    }

    /// Goes on with a token whose form and header have passed, and which now needs its key.
    fn with_header<T>(
        &self,
        token: &str,
        go_on: impl FnOnce(&Compact<'_>, WantedKey<'_>) -> Result<T, ErrorKind>,
    ) -> Result<T, ErrorKind> {
        let token = Compact::parse(token, self.rules.max_token_bytes)?;
        decoded(token.header, |bytes| {
            let header = Header::parse(bytes)?;
            let algorithm = self.rules.judge_header(&header)?;
            let kid = header.key_id();
            go_on(&token, WantedKey { kid, algorithm })
        })
    }

    fn judge(
        &self,
        token: &Compact<'_>,
        key: &PublicKey,
        shared: &Arc<Shared>,
    ) -> Result<Auth, ErrorKind> {
        let valid = decoded(token.signature, |signature| {
            Ok(key.verify(token.signed.as_bytes(), signature))
        })?;
        if !valid {
            return Err(ErrorKind::Signature);
        }
        decoded(token.payload, |payload| {
            let text = std::str::from_utf8(payload).map_err(|_| ErrorKind::Claims)?;
            let claims = Claims::parse(text, &self.rules.watched).ok_or(ErrorKind::Claims)?;
            self.rules.judge_claims(&claims, shared).map(Auth::new)
        })
    }
}
