use serde::Deserialize;
use serde_json::Value;

use super::error::{ProviderError, ProviderErrorKind};
use super::id::Id;

/// A session at Clerk that is live and in which somebody acts as the user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSession {
    /// The session: `sid` in its tokens.
    pub id: String,
    /// The user.
    pub user_id: String,
    /// Who acts as the user.
    pub actor: LiveActor,
    /// When it began, in whole seconds since the Unix epoch.
    pub created_at: i64,
    /// When it was last used, in whole seconds since the Unix epoch.
    pub last_active_at: i64,
    /// When it ends at the latest, in whole seconds since the Unix epoch.
    pub expires_at: i64,
}

/// Who acts as the user of a session at Clerk, as far as the session says it in the form that is asked for.
///
/// A session with an actor is an impersonated one, whatever can be read of its actor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveActor {
    /// `sub`: the actor, in the namespace of its issuer.
    pub subject: Option<String>,
    /// `iss`: whose user the actor is; `None` for a user of the Clerk instance.
    pub issuer: Option<String>,
    /// The reason that the start was given.
    pub reason: Option<String>,
    /// The ticket that the start was given.
    pub ticket: Option<String>,
}

impl LiveActor {
    /// Whether this is the user `subject` of `issuer`. An actor without an issuer is taken to be of any: the session says
    /// nothing of the issuer of its tokens.
    #[must_use]
    pub fn is(&self, issuer: &str, subject: &str) -> bool {
        self.subject.as_deref() == Some(subject)
            && self.issuer.as_deref().is_none_or(|own| own == issuer)
    }

    fn read(actor: &Value) -> Self {
        let member = |name| actor.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            subject: member("sub"),
            issuer: member("iss"),
            reason: member("reason"),
            ticket: member("ticket"),
        }
    }
}

/// A session as Clerk gives it. Times are in milliseconds.
#[derive(Deserialize)]
pub(super) struct SessionBody {
    pub(super) id: String,
    user_id: String,
    status: String,
    actor: Option<Value>,
    created_at: i64,
    last_active_at: i64,
    expire_at: i64,
}

impl SessionBody {
    /// The session, if it is live and somebody acts as the user, who must be the one that was asked about.
    pub(super) fn impersonated(
        self,
        user_id: Id<'_>,
    ) -> Result<Option<LiveSession>, ProviderError> {
        if self.user_id != user_id.as_str() || Id::judge(&self.id).is_err() {
            let detail = "a session of another user";
            return Err(ProviderError::with_detail(
                ProviderErrorKind::Unreadable,
                detail,
            ));
        }
        let seconds = |milliseconds: i64| milliseconds.div_euclid(1000);
        let actor = self.actor.filter(|_| self.status == "active");
        Ok(actor.map(|actor| LiveSession {
            actor: LiveActor::read(&actor),
            created_at: seconds(self.created_at),
            last_active_at: seconds(self.last_active_at),
            expires_at: seconds(self.expire_at),
            id: self.id,
            user_id: self.user_id,
        }))
    }

    /// Whether this very session has ended.
    pub(super) fn ended(&self, id: Id<'_>) -> Result<(), ProviderError> {
        let has_ended = matches!(
            self.status.as_str(),
            "abandoned" | "ended" | "expired" | "removed" | "replaced" | "revoked"
        );
        if self.id == id.as_str() && has_ended {
            return Ok(());
        }
        let detail = "it does not say that the session has ended";
        Err(ProviderError::with_detail(
            ProviderErrorKind::Unreadable,
            detail,
        ))
    }
}
