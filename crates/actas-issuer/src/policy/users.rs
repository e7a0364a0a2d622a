use std::future::ready;

use actas_core::SubjectKey;

use super::decision::Unavailable;
use crate::session::SessionClaims;
use crate::user_id::UserId;

/// The application's users, as [`RolePolicy`](crate::RolePolicy) asks for them.
pub trait Users: Send + Sync + 'static {
    /// The user who may be acted as; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when it cannot be told for now.
    fn user(&self, id: &UserId) -> impl Future<Output = Result<Option<User>, Unavailable>> + Send;

    /// The user who acts, in the namespace of the issuer of their own session; `None` where the application does not know them.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when it cannot be told for now.
    fn actor(
        &self,
        key: SubjectKey<'_>,
    ) -> impl Future<Output = Result<Option<User>, Unavailable>> + Send;

    /// What a session token of `target` says besides: see [`StartPolicy::claims`](crate::StartPolicy::claims). By default,
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when it cannot be told for now.
    fn claims(
        &self,
        target: &UserId,
        claims: SessionClaims,
    ) -> impl Future<Output = Result<SessionClaims, Unavailable>> + Send {
        let _ = target;
        ready(Ok(claims))
    }
}

/// What the application knows of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Their roles, with or without the prefix `org:`.
    pub roles: Vec<String>,
    /// Whether they can no longer sign in.
    pub is_disabled: bool,
    /// The organisation that they belong to, where there are several.
    pub organization: Option<String>,
}

impl User {
    /// A user with these roles, of no organisation, who can sign in.
    pub fn new<R: Into<String>>(roles: impl IntoIterator<Item = R>) -> Self {
        Self {
            roles: roles.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// One who can no longer sign in.
    #[must_use]
    pub fn disabled(self) -> Self {
        Self {
            is_disabled: true,
            ..self
        }
    }

    /// The organisation that they belong to. By default, none.
    #[must_use]
    pub fn with_organization(self, id: impl Into<String>) -> Self {
        Self {
            organization: Some(id.into()),
            ..self
        }
    }

    pub(super) fn has_any_of(&self, roles: &[String]) -> bool {
        let is_held = |role: &String| {
            let mut held = self.roles.iter();
            held.any(|held| unprefixed(held) == unprefixed(role))
        };
        roles.iter().any(is_held)
    }
}

fn unprefixed(role: &str) -> &str {
    role.strip_prefix("org:").unwrap_or(role)
}
