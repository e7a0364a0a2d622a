use serde_json::{Value, json};

use super::error::MintError;

/// Different permissions that a mask has bits for.
const MAX_PERMISSIONS: usize = 128;

/// The organisation that a session is active in (`o`), in the form of version 2 of Clerk's session tokens.
///
/// ```
/// use actas_issuer::OrganizationClaim;
///
/// let organization = OrganizationClaim::new("org_1")
///     .with_slug("acme")
///     .with_role("org:admin")
///     .with_permissions(["org:invoices:read", "org:invoices:manage"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationClaim {
    id: String,
    slug: Option<String>,
    role: Option<String>,
    permissions: Vec<String>,
}

impl OrganizationClaim {
    /// The organisation with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            slug: None,
            role: None,
            permissions: Vec::new(),
        }
    }

    /// Its slug. By default, it is not named.
    #[must_use]
    pub fn with_slug(mut self, slug: impl Into<String>) -> Self {
        self.slug = Some(slug.into());
        self
    }

    /// The user's role there, with or without its prefix: `org:admin` or `admin`. By default, it is not named.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// What the user may do there: `org:invoices:read` or `invoices:read`. By default, nothing.
    #[must_use]
    pub fn with_permissions<P: Into<String>>(
        mut self,
        permissions: impl IntoIterator<Item = P>,
    ) -> Self {
        self.permissions = permissions.into_iter().map(Into::into).collect();
        self
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether a verifier reads back what is set here.
    pub(super) fn check(&self) -> Result<(), MintError> {
        if self.id.is_empty() {
            return Err(MintError::Claim("o.id"));
        }
        if self.role.as_deref().map(unprefixed) == Some("") {
            return Err(MintError::Claim("o.rol"));
        }
        let is_readable = |permission: &String| split(permission).is_some();
        if !self.permissions.iter().all(is_readable) || self.split().1.len() > MAX_PERMISSIONS {
            return Err(MintError::Permission);
        }
        Ok(())
    }

    /// The permissions, and their different names.
    fn split(&self) -> (Vec<(&str, &str)>, Vec<&str>) {
        let permissions = self.permissions.iter();
        let permissions: Vec<_> = permissions.filter_map(|text| split(text)).collect();
        let mut names = Vec::new();
        for (_, name) in &permissions {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        (permissions, names)
    }

    /// The claim `o`, where `features` are those of the token; what its permissions lack is added to them. The *i*-th
    /// number of `fpm` is a bit mask over the names in `per` for the *i*-th feature whose scope has an `o`.
    pub(super) fn claim(&self, features: &mut Vec<String>) -> Value {
        let (permissions, names) = self.split();
        for (feature, _) in &permissions {
            if !features
                .iter()
                .any(|known| of_organization(known) == Some(feature))
            {
                features.push(format!("o:{feature}"));
            }
        }
        let masks = features
            .iter()
            .filter_map(|feature| of_organization(feature));
        let masks: Vec<String> = masks
            .map(|feature| mask(feature, &names, &permissions).to_string())
            .collect();
        let mut claim = json!({ "id": self.id });
        if let Some(members) = claim.as_object_mut() {
            let mut set = |name: &str, value: &str| {
                members.insert(name.to_owned(), value.into());
            };
            if let Some(slug) = &self.slug {
                set("slg", slug);
            }
            if let Some(role) = &self.role {
                set("rol", unprefixed(role));
            }
            if !names.is_empty() {
                set("per", &names.join(","));
                set("fpm", &masks.join(","));
            }
        }
        claim
    }
}

/// The bits of the names that are granted for the feature, the lowest for the first name.
fn mask(feature: &str, names: &[&str], permissions: &[(&str, &str)]) -> u128 {
    let bits = names.iter().enumerate();
    bits.filter(|(_, name)| permissions.contains(&(feature, name)))
        .filter_map(|(at, _)| 1_u128.checked_shl(u32::try_from(at).ok()?))
        .fold(0, |mask, bit| mask | bit)
}

/// The feature, where its scope includes the organisation: `dashboard` of `o:dashboard` or `uo:dashboard`.
fn of_organization(feature: &str) -> Option<&str> {
    let (scope, name) = feature.split_once(':')?;
    scope.contains('o').then_some(name)
}

/// Feature and permission.
fn split(permission: &str) -> Option<(&str, &str)> {
    let (feature, name) = unprefixed(permission).split_once(':')?;
    (is_item(feature) && is_item(name)).then_some((feature, name))
}

fn unprefixed(name: &str) -> &str {
    name.strip_prefix("org:").unwrap_or(name)
}

/// What can stand in a list with commas, and after a scope with a colon.
pub(super) fn is_item(name: &str) -> bool {
    let is_odd =
        |char: char| char == ',' || char == ':' || char.is_whitespace() || char.is_control();
    !name.is_empty() && !name.contains(is_odd)
}
