use std::fmt;

use reqwest::Url;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::error::{ProviderError, ProviderErrorKind};
use super::id::Id;
use super::terms::CreateActorToken;

/// What lets one browser sign in as a user, once, within its lifetime.
///
/// Whoever has the URL or the token is signed in as the user: give it to the admin's browser alone, over HTTPS, in an answer
/// that no cache stores. Its text is wiped on drop, and `Debug` shows the id alone.
pub struct ActorToken {
    id: String,
    url: Zeroizing<String>,
    token: Option<Zeroizing<String>>,
}

impl ActorToken {
    /// What [`Clerk::revoke_actor_token`](super::Clerk::revoke_actor_token) knows it by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the admin's browser signs in as the user. There, it is signed out of any other session with the instance.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token alone, where Clerk gives it, for a front end of the application's own (`strategy: "ticket"`).
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(|token| token.as_str())
    }
}

impl fmt::Debug for ActorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorToken")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An actor token as Clerk gives it.
#[derive(Deserialize)]
pub(super) struct ActorTokenBody {
    id: String,
    status: String,
    user_id: String,
    actor: ActorBody,
    url: Option<Secret>,
    token: Option<Secret>,
}

#[derive(Deserialize)]
struct ActorBody {
    sub: String,
    iss: Option<String>,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Secret(Zeroizing<String>);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl ActorTokenBody {
    /// The token, if it is the one that was asked for.
    pub(super) fn started(self, asked: &CreateActorToken<'_>) -> Result<ActorToken, ProviderError> {
        let unreadable = |detail| ProviderError::with_detail(ProviderErrorKind::Unreadable, detail);
        let is_asked_for = self.user_id == asked.user_id
            && self.actor.sub == asked.actor.sub
            && self.actor.iss.as_deref() == Some(asked.actor.iss);
        if !is_asked_for {
            return Err(unreadable("an actor token for others"));
        }
        if self.status != "pending" || Id::judge(&self.id).is_err() {
            return Err(unreadable("an actor token that cannot be used"));
        }
        let url = self.url.map(|url| url.0);
        let is_https = |url: &Zeroizing<String>| {
            Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host())
        };
        let url = url
            .filter(is_https)
            .ok_or_else(|| unreadable("an actor token without an https URL"))?;
        Ok(ActorToken {
            id: self.id,
            url,
            token: self.token.map(|token| token.0),
        })
    }

    /// Whether this very token is revoked.
    pub(super) fn revoked(&self, id: Id<'_>) -> Result<(), ProviderError> {
        if self.id == id.as_str() && self.status == "revoked" {
            return Ok(());
        }
        let detail = "it does not say that the actor token is revoked";
        Err(ProviderError::with_detail(
            ProviderErrorKind::Unreadable,
            detail,
        ))
    }
}
