//! The organisation a session is active in, as Clerk's session tokens carry it.

use serde::Deserialize;

/// The organisation that the session is active in, with what the user may do there.
///
/// Read from version 1 (`org_id`, `org_slug`, `org_role`, `org_permissions`) and version 2 (`o`, `fea`) of Clerk's
/// session token, the latter decoded as Clerk's JavaScript decodes it: the *i*-th number in `o.fpm` is a bit mask over
/// the names in `o.per` (least significant bit first) for the *i*-th feature in `fea` whose scope includes the
/// organisation. Masks may be of any length; one that is no decimal number grants nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Organization {
    /// The organisation's id.
    pub id: String,
    /// The organisation's slug.
    pub slug: Option<String>,
    /// The user's role there, with its prefix: `org:admin`.
    pub role: Option<String>,
    /// What the user may do there: `org:<feature>:<permission>`.
    pub permissions: Vec<String>,
}

impl Organization {
    /// `None` where the claims name no organisation, or name it in a form that cannot be read.
    pub(crate) fn read(claims: &str) -> Option<Self> {
        let version: Version = serde_json::from_str(claims).ok()?;
        if version.v == Some(2) {
            let claims: Version2 = serde_json::from_str(claims).ok()?;
            return claims
                .o?
                .into_organization(claims.fea.as_deref().unwrap_or_default());
        }
        let claims: Version1 = serde_json::from_str(claims).ok()?;
        Some(Self {
            id: claims.id.filter(|id| !id.is_empty())?,
            slug: claims.slug,
            role: claims.role,
            permissions: claims.permissions.unwrap_or_default(),
        })
    }
}

#[derive(Deserialize)]
struct Version {
    v: Option<u64>,
}

#[derive(Deserialize)]
struct Version1 {
    #[serde(rename = "org_id")]
    id: Option<String>,
    #[serde(rename = "org_slug")]
    slug: Option<String>,
    #[serde(rename = "org_role")]
    role: Option<String>,
    #[serde(rename = "org_permissions")]
    permissions: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Version2 {
    o: Option<Compact>,
    fea: Option<String>,
}

#[derive(Deserialize)]
struct Compact {
    id: Option<String>,
    slg: Option<String>,
    rol: Option<String>,
    per: Option<String>,
    fpm: Option<String>,
}

impl Compact {
    fn into_organization(self, features: &str) -> Option<Organization> {
        Some(Organization {
            permissions: self.permissions(features),
            id: self.id.filter(|id| !id.is_empty())?,
            slug: self.slg,
            role: self
                .rol
                .filter(|role| !role.is_empty())
                .map(|role| format!("org:{role}")),
        })
    }

    /// Every item keeps its place, an empty one too: a mask is never read for another feature than its own. What cannot be
    /// told apart grants nothing.
    fn permissions(&self, features: &str) -> Vec<String> {
        let names: Vec<&str> = list(self.per.as_deref().unwrap_or_default()).collect();
        let masks = list(self.fpm.as_deref().unwrap_or_default());
        let Some(features) = list(features).map(scoped).collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        features
            .into_iter()
            .filter(|(scope, _)| scope.contains('o'))
            .zip(masks)
            .flat_map(|((_, feature), mask)| {
                names
                    .iter()
                    .zip(bits(mask))
                    .filter(|(name, granted)| *granted && !name.is_empty())
                    .map(move |(name, _)| format!("org:{feature}:{name}"))
            })
            .collect()
    }
}

/// Whether `list`, of features or plans with their scopes, grants what is `asked` for, with or without a scope.
pub(crate) fn grants(granted: &str, asked: &str) -> bool {
    let (scope, name) = match asked.split_once(':') {
        None => (None, asked),
        Some(("o" | "org" | "organization", name)) => (Some('o'), name),
        Some(("u" | "user", name)) => (Some('u'), name),
        Some(_) => return false,
    };
    !name.is_empty()
        && list(granted).filter_map(scoped).any(|(scopes, granted)| {
            granted == name && scope.is_none_or(|scope| scopes.contains(scope))
        })
}

fn scoped(item: &str) -> Option<(&str, &str)> {
    item.split_once(':').filter(|(_, name)| !name.is_empty())
}

/// The items of a list, each in its place; none where the text is empty.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(move |_| !text.is_empty())
}

/// The bits of a decimal number of any length, least significant first; none where it is no such number.
fn bits(decimal: &str) -> Vec<bool> {
    if !decimal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let mut digits: Vec<u8> = decimal
        .bytes()
        .map(|byte| byte.wrapping_sub(b'0'))
        .collect();
    let mut bits = Vec::new();
    while digits.iter().any(|digit| *digit != 0) {
        // Halve the number, digit by digit: the remainder is its lowest bit.
        let mut carry = 0;
        for digit in &mut digits {
            let value = digit.wrapping_add(carry);
            carry = if value % 2 == 1 { 10 } else { 0 };
            *digit = value / 2;
        }
        bits.push(carry != 0);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(claims: &str) -> Vec<String> {
        Organization::read(claims).unwrap().permissions
    }

    #[test]
    fn version_1_is_read_as_it_stands() {
        let organization = Organization::read(
            r#"{"org_id":"org_1","org_slug":"s","org_role":"org:admin","org_permissions":["org:a:b"]}"#,
        )
        .unwrap();
        assert_eq!(organization.id, "org_1");
        assert_eq!(organization.slug.as_deref(), Some("s"));
        assert_eq!(organization.role.as_deref(), Some("org:admin"));
        assert_eq!(organization.permissions, ["org:a:b"]);
        let bare = Organization::read(r#"{"org_id":"org_1","org_slug":null}"#).unwrap();
        assert_eq!((bare.role, bare.permissions.len()), (None, 0));
    }

    #[test]
    fn version_2_masks_count_over_the_features_of_the_organisation() {
        let claims = r#"{"v":2,"fea":"o:dashboard,o:teams","o":{"id":"org_1","rol":"admin","per":"manage,read","fpm":"3,2"}}"#;
        assert_eq!(
            permissions(claims),
            [
                "org:dashboard:manage",
                "org:dashboard:read",
                "org:teams:read"
            ]
        );
        assert_eq!(
            Organization::read(claims).unwrap().role.as_deref(),
            Some("org:admin")
        );
        let mixed = r#"{"v":2,"fea":"o:reservations,u:dashboard,uo:support-chat","o":{"id":"org_1","per":"read,manage","fpm":"2,3"}}"#;
        assert_eq!(
            permissions(mixed),
            [
                "org:reservations:manage",
                "org:support-chat:read",
                "org:support-chat:manage"
            ]
        );
    }

    #[test]
    fn masks_go_beyond_2_to_the_53rd() {
        let names: Vec<String> = (0..70).map(|i| format!("p{i}")).collect();
        let claims = format!(
            r#"{{"v":2,"fea":"o:f","o":{{"id":"org_1","per":"{}","fpm":"{}"}}}}"#,
            names.join(","),
            (1_u128 << 69) + (1 << 53) + 1
        );
        assert_eq!(permissions(&claims), ["org:f:p0", "org:f:p53", "org:f:p69"]);
    }

    #[test]
    fn what_is_no_mask_grants_nothing() {
        for mask in ["-1", "0x3", "3.0", "1e1", "abc", "0", ""] {
            let claims =
                format!(r#"{{"v":2,"fea":"o:f","o":{{"id":"org_1","per":"a,b","fpm":"{mask}"}}}}"#);
            assert!(permissions(&claims).is_empty(), "{mask}");
        }
        let beyond = r#"{"v":2,"fea":"o:f","o":{"id":"org_1","per":"a","fpm":"6"}}"#;
        assert!(permissions(beyond).is_empty());
        let shifted = r#"{"v":2,"fea":"o:one,o:two","o":{"id":"org_1","per":"a","fpm":",1"}}"#;
        assert_eq!(permissions(shifted), ["org:two:a"]);
        let unnamed = r#"{"v":2,"fea":"o:f","o":{"id":"org_1","per":",b","fpm":"3"}}"#;
        assert_eq!(permissions(unnamed), ["org:f:b"]);
        let no_colon = r#"{"v":2,"fea":"o,o:f","o":{"id":"org_1","per":"a","fpm":"1,1"}}"#;
        assert!(permissions(no_colon).is_empty());
    }

    #[test]
    fn claims_in_another_form_name_no_organisation() {
        for claims in [
            "{}",
            r#"{"v":2}"#,
            r#"{"v":2,"org_id":"org_1"}"#,
            r#"{"v":2,"o":{"rol":"admin"}}"#,
            r#"{"v":2,"o":"org_1"}"#,
            r#"{"v":"2","o":{"id":"org_1"}}"#,
            r#"{"org_id":7}"#,
            r#"{"org_id":""}"#,
        ] {
            assert_eq!(Organization::read(claims), None, "{claims}");
        }
    }
}
