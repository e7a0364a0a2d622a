use std::collections::BTreeMap;

use actas_core::Direct;
use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;

/// Who may do something, by what their session token says. By default, nobody.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Grant {
    /// These users, by `sub`.
    users: Vec<String>,
    /// Those whose active organisation is this, and who have one of the roles or permissions there.
    organization: Option<String>,
    roles: Vec<String>,
    permissions: Vec<String>,
    /// Those whose token has one of these values in the claim at the JSON pointer (RFC 6901): as a string, or in an array.
    claims: BTreeMap<String, Vec<String>>,
}

impl Grant {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `name` is the table's.
    pub(super) fn check(&self, name: &str) -> Result<(), Failure> {
        let has_rights = !self.roles.is_empty() || !self.permissions.is_empty();
        match &self.organization {
            // Whoever may make an organisation has every role there.
            None if has_rights => Err(Failure::setting(format!(
                "{name}: roles and permissions are those of one organisation: name it by {name}.organization"
            ))),
            Some(_) if !has_rights => Err(Failure::setting(format!(
                "{name}: of the organisation, say who by {name}.roles or {name}.permissions"
            ))),
            _ => match self.claims.keys().find(|pointer| !pointer.starts_with('/')) {
                Some(pointer) => Err(Failure::setting(format!(
                    "{name}.claims: {pointer:?} is no JSON pointer: write it as \"/realm_access/roles\""
                ))),
                None => Ok(()),
            },
        }
    }

    /// Whether it is granted to somebody in person whom `issuer` vouches for.
    pub(super) fn allows(&self, who: &Direct, issuer: &str) -> bool {
        *who.issuer == *issuer
            && (self.names(&who.user_id) || self.is_held(who) || self.is_claimed(who))
    }

    fn names(&self, user_id: &str) -> bool {
        self.users.iter().any(|named| named == user_id)
    }

    fn is_held(&self, who: &Direct) -> bool {
        let active = who.organization().map(|organization| &organization.id);
        self.organization.is_some()
            && self.organization.as_ref() == active
            && (self.roles.iter().any(|role| who.has_role(role))
                || self
                    .permissions
                    .iter()
                    .any(|right| who.has_permission(right)))
    }

    fn is_claimed(&self, who: &Direct) -> bool {
        if self.claims.is_empty() {
            return false;
        }
        let Ok(claims) = who.claims::<Value>() else {
            return false;
        };
        self.claims.iter().any(|(pointer, wanted)| {
            let is_wanted = |value: &Value| {
                value
                    .as_str()
                    .is_some_and(|value| wanted.iter().any(|wanted| wanted == value))
            };
            match claims.pointer(pointer) {
                Some(Value::Array(values)) => values.iter().any(is_wanted),
                Some(value) => is_wanted(value),
                None => false,
            }
        })
    }
}
