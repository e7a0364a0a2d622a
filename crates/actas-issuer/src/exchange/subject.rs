use actas_core::{Actor, Auth, Direct, Error, ErrorKind, Verifier};
use serde::Deserialize;
use serde_json::Value;

use super::error::{Code, ExchangeError};
use super::form::Parameter;
use super::request::SubjectToken;

/// Actors that may stand one inside the other, as a verifier reads them.
const MAX_ACTORS: usize = 8;

/// As whom somebody is to act.
pub(super) enum Subject<'f> {
    /// The user of a verified session.
    Session(Auth),
    /// A user by their id alone.
    UserId(&'f str),
}

/// Whether the subject themselves named the actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By `may_act` (RFC 8693 §4.4).
    ByMayAct,
    No,
}

/// Verifies the actor's token, in whose session nobody else may act.
pub(super) async fn actor(verifier: &Verifier, token: &str) -> Result<Direct, ExchangeError> {
    let outcome = verifier.verify(token).await;
    let auth = outcome.map_err(|error| refused(Parameter::ActorToken, &error))?;
    auth.direct().ok_or_else(|| {
        ExchangeError::invalid_request("actor_token is of a session in which somebody else acts")
    })
}

impl<'f> Subject<'f> {
    /// Verifies the subject's token. In its session, somebody may act.
    pub(super) async fn verify(
        verifier: &Verifier,
        token: SubjectToken<'f>,
    ) -> Result<Self, ExchangeError> {
        match token {
            SubjectToken::UserId(id) => Ok(Self::UserId(id)),
            SubjectToken::Session(token) => {
                let outcome = verifier.verify(token).await;
                let auth = outcome.map_err(|error| refused(Parameter::SubjectToken, &error));
                auth.map(Self::Session)
            }
        }
    }

    pub(super) fn user_id(&self) -> &str {
        match self {
            Self::Session(auth) => &auth.user_id,
            Self::UserId(id) => id,
        }
    }

    /// The session, where somebody acts in it already.
    pub(super) fn impersonated(&self) -> Option<&Auth> {
        match self {
            Self::Session(auth) if auth.is_impersonated() => Some(auth),
            _ => None,
        }
    }

    /// When it ends, in seconds since the Unix epoch; `None` where no token says.
    pub(super) fn expires_at(&self) -> Option<i64> {
        match self {
            Self::Session(auth) => Some(auth.expires_at),
            Self::UserId(_) => None,
        }
    }

    /// What `may_act` in the subject's token says of the actor.
    pub(super) fn names(&self, actor: &Direct) -> Result<Named, ExchangeError> {
        let Self::Session(auth) = self else {
            return Ok(Named::No);
        };
        let stated = auth.claims::<Stated>();
        match stated.map(|claims| claims.may_act) {
            Ok(None | Some(Value::Null)) => Ok(Named::No),
            Ok(Some(may_act)) if is(&may_act, actor, &auth.issuer) => Ok(Named::ByMayAct),
            Ok(Some(_)) | Err(_) => Err(ExchangeError::invalid_request(
                "may_act in subject_token names another actor",
            )),
        }
    }

    /// Who acts in the session already: they come to stand inside the new actor (RFC 8693 §4.1), where there is room.
    pub(super) fn acting(&self) -> Result<Option<&Actor>, ExchangeError> {
        let acting = self.impersonated().and_then(|auth| auth.actor.as_ref());
        if acting.is_some_and(|acting| actors(acting) >= MAX_ACTORS) {
            return Err(ExchangeError::invalid_request(format!(
                "in subject_token, {MAX_ACTORS} actors act one for the other already"
            )));
        }
        Ok(acting)
    }
}

#[derive(Deserialize)]
struct Stated {
    may_act: Option<Value>,
}

fn actors(outermost: &Actor) -> usize {
    outermost.prior().len().saturating_add(1)
}

/// Whether `may_act` identifies the actor: by `sub`, and by `iss` or the issuer of the token it stands in.
fn is(may_act: &Value, actor: &Direct, token_issuer: &str) -> bool {
    let issuer = match may_act.get("iss") {
        None => Some(token_issuer),
        Some(issuer) => issuer.as_str(),
    };
    issuer == Some(&*actor.issuer)
        && may_act.get("sub").and_then(Value::as_str) == Some(&*actor.user_id)
}

/// What the client learns of a token that was not taken: which, and by which rule.
fn refused(parameter: Parameter, error: &Error) -> ExchangeError {
    match error.kind() {
        ErrorKind::KeysUnavailable | ErrorKind::ClockUnavailable => {
            let description = format!("{} cannot be verified for now", parameter.name());
            ExchangeError::new(Code::Unavailable, description).retried_after(error.retry_after())
        }
        _ => ExchangeError::invalid_request(format!("{}: {error}", parameter.name())),
    }
}
