//! What sets a session token apart from its issuer's other tokens.

use crate::claims::Claims;
use crate::error::ErrorKind;
use crate::json::Json;

/// What sets a session token apart from the other tokens that its issuer signs with the same keys.
///
/// An issuer's ID tokens, machine tokens or templated tokens carry no `act`: whoever takes one for a session token
/// cannot see an impersonation (RFC 8725 §3.12). A verifier therefore cannot be built without a separator.
///
/// `act`, `aud`, `exp`, `iat` and `nbf` have rules of their own: a verifier whose separator names one of them does not build.
#[derive(Clone, Debug)]
pub struct Separator {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
enum Rule {
    TokenType(String),
    Claim { name: String, test: Test },
    Differ { name: String, from: String },
}

#[derive(Clone, Debug)]
enum Test {
    Present,
    Is(String),
    OneOf(Vec<String>),
    Passes(fn(&str) -> bool),
    AbsentOrPasses(fn(&str) -> bool),
}

impl Separator {
    fn one(rule: Rule) -> Self {
        Self { rules: vec![rule] }
    }

    /// The header's `typ` is `token_type`, compared as a media type: in any case, with or without `application/`
    /// (RFC 7515 §4.1.9).
    ///
    /// Where no separator names a type, a session token has none, or `JWT`.
    #[must_use]
    pub fn typ(token_type: impl Into<String>) -> Self {
        Self::one(Rule::TokenType(token_type.into()))
    }

    /// The token has a `sid`: a non-empty string.
    #[must_use]
    pub fn session_id() -> Self {
        Self::claim("sid")
    }

    /// The token has the claim `name`: a non-empty string.
    #[must_use]
    pub fn claim(name: impl Into<String>) -> Self {
        Self::one(Rule::Claim {
            name: name.into(),
            test: Test::Present,
        })
    }

    /// The claim `name` is the string `value`.
    #[must_use]
    pub fn claim_is(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::one(Rule::Claim {
            name: name.into(),
            test: Test::Is(value.into()),
        })
    }

    /// The claim `name` is one of the strings `values`; none passes where `values` is empty.
    #[must_use]
    pub fn claim_one_of<V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::one(Rule::Claim {
            name: name.into(),
            test: Test::OneOf(values.into_iter().map(Into::into).collect()),
        })
    }

    /// The claim `name` is a non-empty string that passes `test`.
    ///
    /// Of a token that is remembered ([`TokenCache`](crate::TokenCache)) `test` is not asked again: it is to look at
    /// nothing but the claim.
    #[must_use]
    pub fn claim_that(name: impl Into<String>, test: fn(&str) -> bool) -> Self {
        Self::one(Rule::Claim {
            name: name.into(),
            test: Test::Passes(test),
        })
    }

    /// The claim `name` is absent, or a non-empty string that passes `test`, which is asked as in [`Self::claim_that`].
    #[must_use]
    pub fn claim_absent_or(name: impl Into<String>, test: fn(&str) -> bool) -> Self {
        Self::one(Rule::Claim {
            name: name.into(),
            test: Test::AbsentOrPasses(test),
        })
    }

    /// The claims `name` and `from` are different non-empty strings: the `sub` of a machine's token is its `client_id`.
    #[must_use]
    pub fn claims_differ(name: impl Into<String>, from: impl Into<String>) -> Self {
        Self::one(Rule::Differ {
            name: name.into(),
            from: from.into(),
        })
    }

    /// Both this and `other` hold.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self
    }

    /// Whether it can hold for some of an issuer's tokens and not for others.
    pub(crate) fn separates(&self) -> bool {
        const IN_ALL: [&str; 5] = ["iss", "sub", "exp", "iat", "nbf"];
        self.rules.iter().any(|rule| match rule {
            Rule::TokenType(typ) => !same_media_type(typ, "JWT"),
            Rule::Claim { name, test } => {
                !(matches!(test, Test::Present) && IN_ALL.contains(&&**name))
            }
            Rule::Differ { name, from } => name != from,
        })
    }

    /// A claim it names that has rules of its own and is no string, so that no separator can read it.
    pub(crate) fn names_a_judged_claim(&self) -> Option<&str> {
        const JUDGED: [&str; 5] = ["act", "aud", "exp", "iat", "nbf"];
        self.claim_names().find(|name| JUDGED.contains(name))
    }

    /// The claims that [`Self::judge_claims`] reads beside the standard ones, in the order in which it does.
    pub(crate) fn watched(&self) -> Vec<String> {
        self.claim_names()
            .filter(|name| Claims::default().standard(name).is_none())
            .map(str::to_owned)
            .collect()
    }

    /// The claims that the rules name, in their order.
    fn claim_names(&self) -> impl Iterator<Item = &str> {
        let names = self.rules.iter().flat_map(|rule| match rule {
            Rule::TokenType(_) => [None, None],
            Rule::Claim { name, .. } => [Some(name.as_str()), None],
            Rule::Differ { name, from } => [Some(name.as_str()), Some(from.as_str())],
        });
        names.flatten()
    }

    pub(crate) fn judge_type(&self, typ: Option<&str>) -> Result<(), ErrorKind> {
        let mut types = self
            .rules
            .iter()
            .filter_map(|rule| match rule {
                Rule::TokenType(expected) => Some(expected.as_str()),
                _ => None,
            })
            .peekable();
        let fits = if types.peek().is_none() {
            typ.is_none_or(|typ| same_media_type(typ, "JWT"))
        } else {
            typ.is_some_and(|typ| types.all(|expected| same_media_type(typ, expected)))
        };
        if fits {
            Ok(())
        } else {
            Err(ErrorKind::TokenType)
        }
    }

    pub(crate) fn judge_claims(&self, claims: &Claims<'_>) -> Result<(), ErrorKind> {
        let mut watched = claims.watched.iter();
        let mut value = |name: &str| {
            let standard = claims.standard(name);
            standard.or_else(|| watched.next()).unwrap_or(&Json::Absent)
        };
        for rule in &self.rules {
            let holds = match rule {
                Rule::TokenType(_) => true,
                Rule::Claim { name, test } => test.passes(value(name)),
                Rule::Differ { name, from } => match (value(name).text(), value(from).text()) {
                    (Some(one), Some(other)) => one != other,
                    _ => false,
                },
            };
            if !holds {
                return Err(ErrorKind::NotASession);
            }
        }
        Ok(())
    }
}

impl Test {
    fn passes(&self, value: &Json<'_>) -> bool {
        if let (Self::AbsentOrPasses(_), Json::Absent) = (self, value) {
            return true;
        }
        let Some(value) = value.text() else {
            return false;
        };
        match self {
            Self::Present => true,
            Self::Is(expected) => value == expected,
            Self::OneOf(expected) => expected.iter().any(|expected| value == expected),
            Self::Passes(test) | Self::AbsentOrPasses(test) => test(value),
        }
    }
}

fn same_media_type(typ: &str, expected: &str) -> bool {
    fn subtype(media_type: &str) -> &str {
        const APPLICATION: &str = "application/";
        match media_type.split_at_checked(APPLICATION.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
            _ => media_type,
        }
    }
    subtype(typ).eq_ignore_ascii_case(subtype(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(separator: &Separator, claims: &str) -> Result<(), ErrorKind> {
        let watch = separator.watched();
        separator.judge_claims(&Claims::parse(claims, &watch).unwrap())
    }

    #[test]
    fn a_type_is_compared_as_a_media_type() {
        let separator = Separator::typ("at+jwt");
        for typ in [
            "at+jwt",
            "AT+JWT",
            "application/at+jwt",
            "Application/AT+jwt",
        ] {
            assert_eq!(separator.judge_type(Some(typ)), Ok(()), "{typ}");
        }
        for typ in [
            None,
            Some("JWT"),
            Some("at+jwt "),
            Some(""),
            Some("application/application/at+jwt"),
        ] {
            assert_eq!(
                separator.judge_type(typ),
                Err(ErrorKind::TokenType),
                "{typ:?}"
            );
        }
        let untyped = Separator::session_id();
        for typ in [None, Some("JWT"), Some("jwt"), Some("application/JWT")] {
            assert_eq!(untyped.judge_type(typ), Ok(()), "{typ:?}");
        }
        for typ in ["at+jwt", "", "logout+jwt", "JOSE"] {
            assert_eq!(
                untyped.judge_type(Some(typ)),
                Err(ErrorKind::TokenType),
                "{typ}"
            );
        }
    }

    #[test]
    fn every_rule_must_hold() {
        let separator = Separator::claim_is("typ", "Bearer")
            .and(Separator::session_id())
            .and(Separator::claims_differ("sub", "client_id"))
            .and(Separator::claim_one_of("client_id", ["a", "b"]))
            .and(Separator::claim_that("jti", |id| id.starts_with('x')))
            .and(Separator::claim_absent_or("sub_profile", |profile| {
                profile == "user"
            }));
        let good = r#"{"typ":"Bearer","sid":"s","sub":"u","client_id":"b","jti":"x1"}"#;
        assert_eq!(judge(&separator, good), Ok(()));
        let user = good.replace("\"sub\"", "\"sub_profile\":\"user\",\"sub\"");
        assert_eq!(judge(&separator, &user), Ok(()));
        for (from, to) in [
            ("Bearer", "ID"),
            ("\"sid\":\"s\"", "\"sid\":\"\""),
            ("\"sid\":\"s\"", "\"sid\":7"),
            ("\"u\"", "\"b\""),
            ("\"client_id\":\"b\"", "\"client_id\":\"c\""),
            ("\"client_id\"", "\"azp\""),
            ("x1", "y1"),
            ("\"sub\":\"u\"", "\"x\":\"u\""),
            ("\"sub\":\"u\"", "\"sub\":[\"u\"]"),
            ("\"sub\"", "\"sub_profile\":\"ai_agent\",\"sub\""),
            ("\"sub\"", "\"sub_profile\":null,\"sub\""),
            ("\"sub\"", "\"sub_profile\":\"\",\"sub\""),
        ] {
            let claims = good.replace(from, to);
            assert_ne!(claims, good);
            assert_eq!(
                judge(&separator, &claims),
                Err(ErrorKind::NotASession),
                "{claims}"
            );
        }
    }

    #[test]
    fn what_every_token_has_separates_nothing() {
        for separator in [
            Separator::typ("JWT"),
            Separator::typ("application/jwt"),
            Separator::claim("sub").and(Separator::claim("exp")),
            Separator::claims_differ("sub", "sub"),
        ] {
            assert!(!separator.separates(), "{separator:?}");
            assert!(separator.clone().and(Separator::session_id()).separates());
        }
        for separator in [
            Separator::typ("at+jwt"),
            Separator::claim("client_id"),
            Separator::claim_is("iss", "x"),
            Separator::claims_differ("sub", "client_id"),
        ] {
            assert!(separator.separates(), "{separator:?}");
        }
    }

    #[test]
    fn claims_that_are_not_read_as_strings_never_differ() {
        let separator = Separator::claims_differ("aud", "client_id");
        for claims in [
            r#"{"aud":"c","client_id":"c"}"#,
            r#"{"aud":"a","client_id":"c"}"#,
            "{}",
        ] {
            assert_eq!(
                judge(&separator, claims),
                Err(ErrorKind::NotASession),
                "{claims}"
            );
        }
    }

    #[test]
    fn an_empty_list_passes_nothing() {
        let separator = Separator::claim_one_of("client_id", Vec::<String>::new());
        assert_eq!(
            judge(&separator, r#"{"client_id":""}"#),
            Err(ErrorKind::NotASession)
        );
        assert_eq!(
            judge(&separator, r#"{"client_id":"a"}"#),
            Err(ErrorKind::NotASession)
        );
    }
}
