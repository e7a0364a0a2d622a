use actas::{Direct, SubjectKey};
use actas_admin::{AuditPolicy, AuditScope};
use actas_issuer::{Unavailable, User, UserId, Users};

/// The application's own users, and their roles. Here it would ask its database.
const PEOPLE: [(&str, &str); 4] = [
    ("admin_ada", "support"),
    ("admin_alan", "support"),
    ("user_grace", "customer"),
    ("user_vera", "customer"),
];

/// Who there is, for those who have to know: the policies of impersonation and of the record.
#[derive(Clone)]
pub(crate) struct Directory {
    /// Whose sessions the users sign in with. A subject of another issuer is somebody else.
    pub(crate) issuer: String,
}

/// `None` where there is no such user.
pub(crate) fn role(user_id: &str) -> Option<&'static str> {
    let mut people = PEOPLE.into_iter();
    people.find_map(|(id, role)| (id == user_id).then_some(role))
}

impl Directory {
    fn role_of(&self, key: SubjectKey<'_>) -> Option<&'static str> {
        (key.issuer == self.issuer).then(|| role(key.user_id))?
    }
}

/// What `RolePolicy` asks.
impl Users for Directory {
    async fn user(&self, id: &UserId) -> Result<Option<User>, Unavailable> {
        Ok(role(id).map(|role| User::new([role])))
    }

    async fn actor(&self, key: SubjectKey<'_>) -> Result<Option<User>, Unavailable> {
        Ok(self.role_of(key).map(|role| User::new([role])))
    }
}

/// The support team reads everything that was done by it.
impl AuditPolicy for Directory {
    async fn scope(&self, who: &Direct) -> AuditScope {
        if self.role_of(who.subject_key()) == Some("support") {
            AuditScope::All
        } else {
            AuditScope::None
        }
    }
}
