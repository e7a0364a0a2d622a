use std::fmt;

use actas_audit::Revocation;
use actas_core::{Direct, SubjectKey};

use super::decision::{Decision, Unavailable};
use super::pending::PendingStart;
use super::start::StartPolicy;
use super::users::{User, Users};
use crate::session::SessionClaims;
use crate::user_id::UserId;

/// A policy that goes by the roles that the application's own directory knows.
///
/// Who has one of its roles may act as a user of the same organisation who has none of them and none of the protected ones. All
/// others are refused: oneself, users who are missing or disabled, and actors whom the directory does not know. It is asked
/// again while a session runs, so that one ends when the actor loses the role, or the user gains one.
///
/// The roles in the actor's token are not looked at: they are those in whatever organisation is active there, which may be one
/// that the actor has made.
///
/// ```
/// use actas_core::SubjectKey;
/// use actas_issuer::{RolePolicy, Unavailable, User, UserId, Users};
///
/// struct Directory;
///
/// impl Users for Directory {
///     async fn user(&self, id: &UserId) -> Result<Option<User>, Unavailable> {
///         // Here the application asks its database.
///         Ok(match &**id {
///             "admin_1" => Some(User::new(["support"])),
///             "user_1" => Some(User::new(["member"])),
///             _ => None,
///         })
///     }
///
///     async fn actor(&self, key: SubjectKey<'_>) -> Result<Option<User>, Unavailable> {
///         // Whose users sign in here. A subject of another issuer is somebody else.
///         match (key.issuer, key.user_id.parse()) {
///             ("https://login.example.com", Ok(id)) => self.user(&id).await,
///             _ => Ok(None),
///         }
///     }
/// }
///
/// let policy = RolePolicy::new(Directory, ["support"]).with_protected_roles(["admin", "billing"]);
/// ```
pub struct RolePolicy<U> {
    users: U,
    roles: Vec<String>,
    protected: Vec<String>,
    approvers: Vec<String>,
    revokers: Vec<String>,
    across_organizations: bool,
}

impl<U: Users> RolePolicy<U> {
    /// Users with any of these roles may start.
    pub fn new<R: Into<String>>(users: U, roles: impl IntoIterator<Item = R>) -> Self {
        Self {
            users,
            roles: texts(roles),
            protected: Vec::new(),
            approvers: Vec::new(),
            revokers: Vec::new(),
            across_organizations: false,
        }
    }

    /// Users with any of these roles are not acted as. By default, those with a role that may start, approve or revoke, who
    /// are never.
    #[must_use]
    pub fn with_protected_roles<R: Into<String>>(
        mut self,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        self.protected = texts(roles);
        self
    }

    /// Users with any of these roles may approve the start of another, as a user of their own organisation. By default, nobody.
    #[must_use]
    pub fn with_approver_roles<R: Into<String>>(
        mut self,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        self.approvers = texts(roles);
        self
    }

    /// Users with any of these roles may revoke, whatever it is. One of an organisation may only where an actor may act across
    /// organisations: what is revoked may be another's. By default, nobody.
    #[must_use]
    pub fn with_revoker_roles<R: Into<String>>(
        mut self,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        self.revokers = texts(roles);
        self
    }

    /// An actor may act as users of all organisations. By default, as those of their own; where neither has one, they are of
    /// the same.
    #[must_use]
    pub fn across_organizations(mut self) -> Self {
        self.across_organizations = true;
        self
    }

    async fn may_act(&self, actor: SubjectKey<'_>, target: &UserId) -> Result<bool, Unavailable> {
        // Both are asked for whatever the other says, so that the time taken tells nothing of the user.
        let (found, user) = (self.users.actor(actor).await, self.users.user(target).await);
        let (found, user) = (found?, user?);
        let may = found.is_some_and(|actor| {
            !actor.is_disabled
                && actor.has_any_of(&self.roles)
                && user.is_some_and(|user| self.may_be_acted_as(&actor, &user))
        });
        // One id is one person here, whichever issuer vouched for the actor.
        Ok(may && actor.user_id != &**target)
    }

    fn may_be_acted_as(&self, actor: &User, user: &User) -> bool {
        let protected = [
            &self.roles,
            &self.protected,
            &self.approvers,
            &self.revokers,
        ];
        let is_protected = protected.iter().any(|roles| user.has_any_of(roles));
        let is_near = self.across_organizations || actor.organization == user.organization;
        !user.is_disabled && !is_protected && is_near
    }

    async fn may_judge(&self, approver: &Direct, target: &UserId) -> Result<bool, Unavailable> {
        let approver = self.users.actor(approver.subject_key()).await?;
        let user = self.users.user(target).await?;
        Ok(approver.zip(user).is_some_and(|(approver, user)| {
            let is_near = self.across_organizations || approver.organization == user.organization;
            !approver.is_disabled && approver.has_any_of(&self.approvers) && is_near
        }))
    }

    async fn may_end(&self, who: &Direct) -> Result<bool, Unavailable> {
        let who = self.users.actor(who.subject_key()).await?;
        Ok(who.is_some_and(|who| {
            // What is revoked may be anybody's.
            let reaches_all = self.across_organizations || who.organization.is_none();
            !who.is_disabled && who.has_any_of(&self.revokers) && reaches_all
        }))
    }
}

impl<U: Users> StartPolicy for RolePolicy<U> {
    async fn may_start(&self, actor: &Direct, target: &UserId, _: &str) -> Decision {
        decision(self.may_act(actor.subject_key(), target).await)
    }

    async fn may_approve(&self, approver: &Direct, start: &PendingStart) -> Decision {
        decision(self.may_judge(approver, &start.user_id).await)
    }

    async fn may_revoke(&self, who: &Direct, _: &Revocation) -> Decision {
        decision(self.may_end(who).await)
    }

    async fn may_continue(&self, actor: SubjectKey<'_>, target: &UserId) -> Decision {
        decision(self.may_act(actor, target).await)
    }

    async fn claims(
        &self,
        target: &UserId,
        claims: SessionClaims,
    ) -> Result<SessionClaims, Unavailable> {
        self.users.claims(target, claims).await
    }
}

impl<U> fmt::Debug for RolePolicy<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolePolicy")
            .field("roles", &self.roles)
            .field("protected", &self.protected)
            .field("approvers", &self.approvers)
            .field("revokers", &self.revokers)
            .field("across_organizations", &self.across_organizations)
            .finish_non_exhaustive()
    }
}

fn decision(may: Result<bool, Unavailable>) -> Decision {
    may.map_or(Decision::Unavailable, Decision::allow_if)
}

fn texts<R: Into<String>>(roles: impl IntoIterator<Item = R>) -> Vec<String> {
    roles.into_iter().map(Into::into).collect()
}
