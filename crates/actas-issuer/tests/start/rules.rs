//! A policy that says what a case wants it to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actas_core::{Direct, SubjectKey};
use actas_issuer::{
    Decision, OrganizationClaim, PendingStart, Revocation, RolePolicy, SessionClaims, StartPolicy,
    Unavailable, User, UserId, Users,
};

/// The users of an application, by their ids.
#[derive(Clone, Default)]
pub(crate) struct Directory {
    users: Arc<Mutex<HashMap<String, User>>>,
    login: String,
}

impl Directory {
    pub(crate) fn new(login: &str) -> Self {
        let directory = Self {
            login: login.to_owned(),
            ..Self::default()
        };
        for (id, roles) in [
            ("admin_1", &["org:support"][..]),
            ("admin_2", &["support", "lead"]),
            ("lead_1", &["lead"]),
            ("boss_1", &["boss"]),
            ("user_1", &["member"]),
            ("user_2", &[]),
        ] {
            directory.put(id, User::new(roles.iter().copied()));
        }
        directory.put("user_off", User::new(["member"]).disabled());
        directory.put(
            "user_far",
            User::new(["member"]).with_organization("org_far"),
        );
        directory
    }

    pub(crate) fn put(&self, id: &str, user: User) {
        self.users().insert(id.to_owned(), user);
    }

    pub(crate) fn remove(&self, id: &str) {
        self.users().remove(id);
    }

    fn users(&self) -> std::sync::MutexGuard<'_, HashMap<String, User>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Result<Option<User>, Unavailable> {
        match id {
            "away" => Err(Unavailable),
            id => Ok(self.users().get(id).cloned()),
        }
    }

    pub(crate) fn policy(&self) -> RolePolicy<Self> {
        RolePolicy::new(self.clone(), ["support"])
            .with_protected_roles(["boss"])
            .with_approver_roles(["lead"])
            .with_revoker_roles(["boss"])
    }
}

impl Users for Directory {
    async fn user(&self, id: &UserId) -> Result<Option<User>, Unavailable> {
        self.find(id)
    }

    async fn actor(&self, key: SubjectKey<'_>) -> Result<Option<User>, Unavailable> {
        if key.issuer == self.login {
            self.find(key.user_id)
        } else {
            Ok(None)
        }
    }
}

/// One that lets all start, and adds to their tokens.
pub(crate) struct Generous;

impl StartPolicy for Generous {
    async fn may_start(&self, _: &Direct, _: &UserId, _: &str) -> Decision {
        Decision::Allow
    }

    async fn may_approve(&self, _: &Direct, _: &PendingStart) -> Decision {
        Decision::Allow
    }

    async fn may_revoke(&self, _: &Direct, _: &Revocation) -> Decision {
        Decision::Allow
    }

    async fn claims(&self, _: &UserId, _: SessionClaims) -> Result<SessionClaims, Unavailable> {
        // What it sets of the session itself counts for nothing.
        let organization = OrganizationClaim::new("org_1").with_role("member");
        Ok(SessionClaims::new("user_7", "sess_7")
            .with_lifetime(std::time::Duration::from_secs(9))
            .with_factor_age(Some(0), Some(0))
            .with_organization(organization)
            .with_authorized_party("https://app.example.com")
            .with_claim("plan", "pro"))
    }
}

/// One that lets all start, and takes its time to say what their tokens say.
pub(crate) struct Slow<F>(pub(crate) F);

impl<F: Fn() + Send + Sync + 'static> StartPolicy for Slow<F> {
    async fn may_start(&self, _: &Direct, _: &UserId, _: &str) -> Decision {
        Decision::Allow
    }

    async fn claims(
        &self,
        _: &UserId,
        claims: SessionClaims,
    ) -> Result<SessionClaims, Unavailable> {
        (self.0)();
        Ok(claims)
    }
}

/// One that lets all start, panics over `user_1`, and lets nobody else go on.
pub(crate) struct Broken;

impl StartPolicy for Broken {
    async fn may_start(&self, _: &Direct, _: &UserId, _: &str) -> Decision {
        Decision::Allow
    }

    async fn may_continue(&self, _: SubjectKey<'_>, target: &UserId) -> Decision {
        assert_ne!(&**target, "user_1", "the policy breaks");
        Decision::Refuse
    }
}
