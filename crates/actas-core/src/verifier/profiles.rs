use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::config_error::ConfigError;
use crate::keys::Algorithm;
use crate::separator::Separator;
use crate::token::source::clerk_suffix;
use crate::verifier::builder::{NoKeys, VerifierBuilder};
use crate::verifier::verify::Verifier;

/// The class (`cat`) of Clerk's session tokens; its templated and machine tokens are of others.
const CLERK_SESSION: &str = "cl_B7d4PD111AAA";

/// A builder, or why there is none.
type Profile = Result<VerifierBuilder<NoKeys>, ConfigError>;

impl Verifier {
    /// A verifier for the session tokens of [Clerk](https://clerk.com/docs/guides/sessions/session-tokens).
    ///
    /// `publishable_key` is `pk_test_` or `pk_live_` and the base64 of `<frontend-api>$`: issuer, key-set URL and the name
    /// of the session cookie (`__session_<suffix>`, else `__session`) follow from it. Tokens are in RS256. Name your
    /// front ends with [`with_authorized_parties`](VerifierBuilder::with_authorized_parties).
    ///
    /// What separates a session token: `sid`, and `cat`, where present, of the class of session tokens. JWT templates and
    /// machine tokens are signed by the same key, carry no `act`, and are refused.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PublishableKey`] when the key has another form.
    pub fn clerk(publishable_key: &str) -> Profile {
        let frontend_api = frontend_api(publishable_key).map_err(ConfigError::PublishableKey)?;
        let cookie = format!("__session_{}", clerk_suffix(publishable_key));
        Ok(Self::builder(format!("https://{frontend_api}"))
            .separated_by(Separator::session_id())
            .with_session_id_required(true)
            .with_categories([CLERK_SESSION])
            .with_algorithms([Algorithm::Rs256])
            .with_cookie_names([cookie.as_str(), "__session"])
            .at(format!("https://{frontend_api}/.well-known/jwks.json")))
    }

    /// A verifier for JWT access tokens as RFC 9068 profiles them.
    ///
    /// What separates them: `typ` is `at+jwt`, there is a `client_id`, and `sub` differs from it, which refuses tokens that
    /// a client got for itself (RFC 9068 §2.2). The token must name `audience`.
    pub fn rfc9068(
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> VerifierBuilder<NoKeys> {
        Self::builder(issuer)
            .separated_by(at_jwt())
            .with_audience(audience)
    }

    /// A verifier for the access tokens of [WorkOS AuthKit](https://workos.com/docs/reference/authkit/session-tokens).
    ///
    /// `client_id` is the environment's (`client_…`); issuer (`https://api.workos.com/user_management/<client_id>`) and
    /// key-set URL follow from it. Tokens are in RS256; `act.sub` is the e-mail address of the impersonator.
    ///
    /// What separates a session token: `sid` begins with `session_` and `sub` with `user_`. The tokens of Connect
    /// applications (`sid` is a consent's), of machines and of agents, which the same keys sign, are refused.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when `client_id` is no client id.
    pub fn workos(client_id: &str) -> Profile {
        let is_client_id = client_id.strip_prefix("client_").is_some_and(|id| {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !is_client_id {
            // What stands here may be a secret key: it is not repeated.
            return Err(ConfigError::Setting {
                name: "WorkOS client id (it begins with client_)",
                value: String::new(),
            });
        }
        let separator = Separator::claim_that("sid", |id| id.starts_with("session_"))
            .and(Separator::claim_that("sub", |id| id.starts_with("user_")));
        Ok(Self::builder(format!(
            "https://api.workos.com/user_management/{client_id}"
        ))
        .separated_by(separator)
        .with_session_id_required(true)
        .with_algorithms([Algorithm::Rs256])
        .at(format!("https://api.workos.com/sso/jwks/{client_id}")))
    }

    /// A verifier for the access tokens of [Auth0](https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles)
    /// in its RFC 9068 profile, which the API's settings switch on.
    ///
    /// `domain` is the one that tokens are requested at (`tenant.eu.auth0.com` or a custom domain), `audience` the API's
    /// identifier. Tokens are in RS256.
    ///
    /// What separates a session token: `typ` is `at+jwt`, there is a `client_id`, `sub` is neither it nor ends in
    /// `@clients`, and `sub_profile`, where present, is a user's. ID tokens, logout tokens and machines' tokens are refused. An `act` also comes with tokens that a
    /// service exchanged on behalf of the user: they count as impersonated, because they are not the user's own.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when `domain` is no host name, or when `audience` is Auth0's own (`/userinfo`, `/api/v2/`).
    pub fn auth0(domain: &str, audience: &str) -> Profile {
        let domain = host("Auth0 domain", domain)?;
        if audience.ends_with("/userinfo") || audience.ends_with("/api/v2/") {
            return Err(ConfigError::Setting {
                name: "audience",
                value: audience.to_owned(),
            });
        }
        let is_user = |profile: &str| {
            profile
                .split(' ')
                .any(|word| word == "user" || word == "human")
        };
        let separator = at_jwt()
            .and(Separator::claim_that("sub", |id| !id.ends_with("@clients")))
            .and(Separator::claim_absent_or("sub_profile", is_user));
        Ok(Self::builder(format!("https://{domain}/"))
            .separated_by(separator)
            .with_audience(audience)
            .with_algorithms([Algorithm::Rs256])
            .at(format!("https://{domain}/.well-known/jwks.json")))
    }

    /// A verifier for the access tokens of [Keycloak](https://www.keycloak.org) 26.8 or later.
    ///
    /// `realm_url` is the realm's issuer (`https://id.example.com/realms/shop`), `audience` what an audience mapper adds
    /// to tokens meant for this application. Tokens are in RS256 unless set otherwise.
    ///
    /// What separates a session token: the claim `typ` is `Bearer` in any case, there is a `sid`, and `jti` does not name the grant of
    /// a client for itself. ID, refresh and logout tokens are refused, and service accounts by their grant or by
    /// `preferred_username` (`service-account-…`): leave that claim in their tokens where they may refresh them. Versions
    /// before 26.8 set no `act` when an administrator impersonates, and nothing in their tokens tells: do not use this
    /// profile with them.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when `realm_url` is no `https` URL, or ends in a slash.
    pub fn keycloak(realm_url: &str, audience: impl Into<String>) -> Profile {
        let issuer = https_url("Keycloak realm URL", realm_url)?;
        let separator = Separator::claim_that("typ", |typ| typ.eq_ignore_ascii_case("Bearer"))
            .and(Separator::session_id())
            .and(Separator::claim_that("jti", is_keycloak_users_grant))
            .and(Separator::claim_absent_or("preferred_username", |name| {
                !name.starts_with("service-account-")
            }));
        Ok(Self::builder(issuer)
            .separated_by(separator)
            .with_session_id_required(true)
            .with_audience(audience)
            .with_algorithms([Algorithm::Rs256])
            .at(format!("{issuer}/protocol/openid-connect/certs")))
    }

    /// A verifier for the JWT access tokens of [ZITADEL](https://zitadel.com/docs).
    ///
    /// `issuer` is the instance's (`https://id.example.com`), `audience` the project's id, and `client_ids` are the
    /// applications whose users' tokens are taken. Tokens are in RS256 unless set otherwise.
    ///
    /// What separates a session token: `jti` is that of an access token of a user's session (`V2_…-at_…`), and `client_id`
    /// is one of `client_ids`; `typ` is the same in all of ZITADEL's tokens. ID tokens, logout tokens and service users
    /// are refused.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when `issuer` is no `https` URL or ends in a slash, or `client_ids` is empty.
    pub fn zitadel<C: Into<String>>(
        issuer: &str,
        audience: impl Into<String>,
        client_ids: impl IntoIterator<Item = C>,
    ) -> Profile {
        let issuer = https_url("ZITADEL issuer", issuer)?;
        let client_ids: Vec<String> = client_ids.into_iter().map(Into::into).collect();
        if client_ids.is_empty() {
            return Err(ConfigError::Setting {
                name: "ZITADEL client ids",
                value: String::new(),
            });
        }
        let separator =
            Separator::claim_that("jti", |id| id.starts_with("V2_") && id.contains("-at_"))
                .and(Separator::claim_one_of("client_id", client_ids));
        Ok(Self::builder(issuer)
            .separated_by(separator)
            .with_audience(audience)
            .with_algorithms([Algorithm::Rs256])
            .at(format!("{issuer}/oauth/v2/keys")))
    }

    /// A verifier for the access tokens of [Logto](https://docs.logto.io).
    ///
    /// `endpoint` is the tenant's (`https://tenant.logto.app`), `resource` the indicator of the API resource. Tokens are in
    /// ES384, or RS256 where the tenant's key is an RSA key.
    ///
    /// What separates a session token: `typ` is `at+jwt`, there is a `client_id`, and `sub` differs from it. ID tokens,
    /// logout tokens and machines' tokens are refused. A tenant's custom JWT script can remove or forge `act`: let it not.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when `endpoint` is no `https` URL, or ends in a slash.
    pub fn logto(endpoint: &str, resource: impl Into<String>) -> Profile {
        let endpoint = https_url("Logto endpoint", endpoint)?;
        Ok(Self::builder(format!("{endpoint}/oidc"))
            .separated_by(at_jwt())
            .with_audience(resource)
            .with_algorithms([Algorithm::Es384, Algorithm::Es256, Algorithm::Rs256])
            .at(format!("{endpoint}/oidc/jwks")))
    }
}

/// What separates the access tokens of RFC 9068 that a client got for a user.
fn at_jwt() -> Separator {
    Separator::typ("at+jwt")
        .and(Separator::claim("client_id"))
        .and(Separator::claims_differ("sub", "client_id"))
}

/// The host of Clerk's frontend API that a publishable key names, or what is wrong with the key.
fn frontend_api(publishable_key: &str) -> Result<String, &'static str> {
    let encoded = publishable_key
        .strip_prefix("pk_test_")
        .or_else(|| publishable_key.strip_prefix("pk_live_"))
        .ok_or("it begins with neither pk_test_ nor pk_live_ (never put a secret key here)")?;
    let base64 = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let decoded = base64
        .decode(encoded)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or("what follows its prefix is not base64 of text")?;
    decoded
        .strip_suffix('$')
        .filter(|host| host.contains('.') && is_host(host))
        .map(str::to_owned)
        .ok_or("it does not hold a host name followed by a dollar sign")
}

/// A `jti` is two letters each for session, token and grant, a colon and an id; the grant `cc` is a client's own.
fn is_keycloak_users_grant(id: &str) -> bool {
    let context = id.split_once(':').map(|(context, _)| context);
    context
        .is_some_and(|context| context.len() == 6 && context.is_ascii() && !context.ends_with("cc"))
}

/// A host name, perhaps with a port.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "443"));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.split('.').all(is_label) && port.parse::<u16>().is_ok()
}

fn host<'a>(name: &'static str, value: &'a str) -> Result<&'a str, ConfigError> {
    checked(name, value, is_host)
}

fn https_url<'a>(name: &'static str, value: &'a str) -> Result<&'a str, ConfigError> {
    checked(name, value, |url| {
        url.strip_prefix("https://").is_some_and(|rest| {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, "x"));
            let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
            is_host(authority)
                && !path.is_empty()
                && !path.ends_with('/')
                && path.bytes().all(is_path)
        })
    })
}

fn checked<'a>(
    name: &'static str,
    value: &'a str,
    allowed: fn(&str) -> bool,
) -> Result<&'a str, ConfigError> {
    if allowed(value) {
        return Ok(value);
    }
    Err(ConfigError::Setting {
        name,
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publishable_key_names_the_frontend_api() {
        for key in [
            "pk_live_Y2xlcmsuY2xlcmsuZGV2JA",
            "pk_test_Y2xlcmsuY2xlcmsuZGV2JA==",
            "pk_test_Y2xlcmsuY2xlcmsuZGV2JA",
        ] {
            assert_eq!(frontend_api(key).as_deref(), Ok("clerk.clerk.dev"), "{key}");
        }
        for key in [
            "",
            "pk_live_",
            "sk_live_Y2xlcmsuY2xlcmsuZGV2JA",
            "PK_LIVE_Y2xlcmsuY2xlcmsuZGV2JA",
            "pk_live_aW52YWxpZGtleSQ=",
            "pk_live_Y2xlcmsuY2xlcmsuZGV2",
            "pk_live_Y2xlcmsuY2xlcmsuZGV2JCQ=",
            "pk_live_ZXZpbC5leGFtcGxlL3ZhbHVlLmEk",
            "pk_live_Y2xlcmsuY2xlcmsuZGV2JA\n",
            "pk_live_!!!",
        ] {
            assert!(frontend_api(key).is_err(), "{key:?}");
        }
    }

    #[test]
    fn a_secret_key_in_the_wrong_place_is_not_repeated() {
        let error = Verifier::clerk("sk_live_abc123").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("abc123"));
    }

    #[test]
    fn a_secret_workos_key_is_not_repeated() {
        let error = Verifier::workos("sk_live_abc123").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("abc123"));
        assert!(Verifier::workos("client_01EXAMPLE").is_ok());
    }

    #[test]
    fn a_service_accounts_grant_is_told_apart() {
        for id in ["onrtac:1", "trrtte:1", "onltrt:1"] {
            assert!(is_keycloak_users_grant(id), "{id}");
        }
        for id in ["trrtcc:1", "5b2c6f1e", "", "cc:", "onrtäcc:1"] {
            assert!(!is_keycloak_users_grant(id), "{id}");
        }
    }

    #[test]
    fn settings_that_make_no_url_are_refused() {
        for url in [
            "",
            "http://id.example.com/realms/a",
            "https://",
            "https://id.example.com/realms/a/",
            "https://a b/x",
            "https://id.example.com/",
            "https://u@id.example.com/x",
            "https://id.example.com/x?y",
        ] {
            assert!(Verifier::keycloak(url, "api").is_err(), "{url}");
        }
        assert!(Verifier::keycloak("https://id.example.com:8443/realms/shop", "api").is_ok());
        assert!(Verifier::auth0("https://a.auth0.com", "api").is_err());
        assert!(Verifier::auth0("a.auth0.com", "https://a.auth0.com/api/v2/").is_err());
        assert!(Verifier::workos("client_/../x").is_err());
        assert!(Verifier::zitadel("https://id.example.com", "p", Vec::<String>::new()).is_err());
    }
}
