use std::sync::Arc;

use crate::claims::Claims;
use crate::error::{Error, ErrorKind};
use crate::keys::{Algorithm, KeySource, PublicKey, WantedKey};
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

/// A token whose form and header have passed, and which now needs its key.
struct Unverified<'t> {
    token: Compact<'t>,
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl Judge {
    pub(crate) fn verify(self: &Arc<Self>, token: &str, shared: &Arc<Shared>) -> Progress<Auth> {
        let unverified = match self.unverified(token) {
            Ok(unverified) => unverified,
            Err(refusal) => return Progress::Ready(Err(refusal.into())),
        };
        let wanted = WantedKey {
            kid: unverified.key_id.as_deref(),
            algorithm: unverified.algorithm,
        };
        let keys = self.keys.current();
        if let Some(key) = keys
            .as_ref()
            .and_then(|keys| keys.find(wanted.kid, wanted.algorithm))
        {
            return Progress::Ready(
                self.judge(&unverified.token, key, shared)
                    .map_err(Error::from),
            );
        }
        let Some(fetch) = self.keys.refresh(wanted) else {
            return Progress::Ready(Err(match keys {
                Some(_) => ErrorKind::UnknownKey.into(),
                None => Error::keys_unavailable(None),
            }));
        };
        let (judge, token, shared) = (Arc::clone(self), token.to_owned(), Arc::clone(shared));
        Progress::Waiting(Waiting::new(async move {
            // Whatever a source says, the token is not to blame for it.
            let outage = |error: Error| Error::keys_unavailable(error.retry_after());
            let keys = fetch.await.map_err(outage)?;
            let unverified = judge.unverified(&token)?;
            let key = keys
                .find(unverified.key_id.as_deref(), unverified.algorithm)
                .ok_or(ErrorKind::UnknownKey)?;
            Ok(judge.judge(&unverified.token, key, &shared)?)
        }))
    }

    fn unverified<'t>(&self, token: &'t str) -> Result<Unverified<'t>, ErrorKind> {
        let token = Compact::parse(token, self.rules.max_token_bytes)?;
        decoded(token.header, |bytes| {
            let header = Header::parse(bytes)?;
            Ok(Unverified {
                token,
                algorithm: self.rules.judge_header(&header)?,
                key_id: header.key_id().map(str::to_owned),
            })
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
