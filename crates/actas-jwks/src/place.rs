use std::fmt;

use actas_core::ConfigError;
use reqwest::Url;
use reqwest::header::HeaderValue;

/// Clerk's Backend API.
pub(crate) const CLERK_API: &str = "https://api.clerk.com";

/// Where keys are, as it was said: judged when the verifier is built.
#[derive(Clone)]
pub(crate) enum Place {
    /// The key-set URL of the verifier's profile.
    Profile,
    Url(String),
    /// The `jwks_uri` of the issuer's `OpenID` configuration.
    Discovery,
    ClerkBackend {
        api_url: String,
        secret_key: String,
    },
}

/// Where keys are, judged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    KeySet {
        url: Url,
        authorization: Option<HeaderValue>,
    },
    Discovery {
        url: Url,
        issuer: String,
    },
}

impl Place {
    pub(crate) fn judge(
        &self,
        issuer: &str,
        key_set_url: Option<&str>,
        allow_http_to_loopback: bool,
    ) -> Result<Endpoint, ConfigError> {
        let judge = |name, url: &str| judged_url(name, url, allow_http_to_loopback);
        let below = |name, base: &str, path: &str| {
            // Behind these, a path would be none.
            if base.contains(['?', '#']) {
                let value = shown(base);
                return Err(ConfigError::Setting { name, value });
            }
            let base = base.strip_suffix('/').unwrap_or(base);
            judge(name, &format!("{base}{path}"))
        };
        match self {
            Self::Profile => {
                let url = key_set_url.ok_or_else(|| ConfigError::Setting {
                    name: "issuer of RemoteKeys::new(), whose profile knows no key-set URL: \
                           use RemoteKeys::discover() or RemoteKeys::from_url()",
                    value: issuer.to_owned(),
                })?;
                Ok(Endpoint::key_set(judge("key-set URL", url)?))
            }
            Self::Url(url) => Ok(Endpoint::key_set(judge("key-set URL", url)?)),
            Self::Discovery => {
                // OpenID Connect Discovery 1.0, section 4.
                let path = "/.well-known/openid-configuration";
                Ok(Endpoint::Discovery {
                    url: below("issuer to discover keys of", issuer, path)?,
                    issuer: issuer.to_owned(),
                })
            }
            Self::ClerkBackend {
                api_url,
                secret_key,
            } => Ok(Endpoint::KeySet {
                url: below("URL of Clerk's Backend API", api_url, "/v1/jwks")?,
                authorization: Some(bearer(secret_key)?),
            }),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile => f.write_str("Profile"),
            Self::Url(url) => f.debug_tuple("Url").field(&shown(url)).finish(),
            Self::Discovery => f.write_str("Discovery"),
            Self::ClerkBackend { api_url, .. } => f
                .debug_struct("ClerkBackend")
                .field("api_url", &shown(api_url))
                .finish_non_exhaustive(),
        }
    }
}

impl Endpoint {
    fn key_set(url: Url) -> Self {
        Self::KeySet {
            url,
            authorization: None,
        }
    }

    pub(crate) fn url(&self) -> &Url {
        match self {
            Self::KeySet { url, .. } | Self::Discovery { url, .. } => url,
        }
    }

    /// The host, and the port where it is not the scheme's: what logs and metrics name the endpoint by.
    pub(crate) fn host(&self) -> String {
        let url = self.url();
        let host = url.host_str().unwrap_or_default();
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// A URL that keys may be fetched from: `https`, or `http` to loopback where that is allowed; without credentials.
pub(crate) fn judged_url(
    name: &'static str,
    text: &str,
    allow_http_to_loopback: bool,
) -> Result<Url, ConfigError> {
    let refused = || ConfigError::Setting {
        name,
        value: shown(text),
    };
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_safe = match url.scheme() {
        "https" => url.has_host(),
        "http" => allow_http_to_loopback && is_loopback(&url),
        _ => false,
    };
    if !is_safe || !url.username().is_empty() || url.password().is_some() {
        return Err(refused());
    }
    Ok(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A URL without the parts that may hold a secret.
fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.has_host() => {
            let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
            let port = url.port().map(|port| format!(":{port}"));
            format!(
                "{scheme}://{host}{}{}",
                port.unwrap_or_default(),
                url.path()
            )
        }
        _ => "(no URL with a host)".to_owned(),
    }
}

fn bearer(secret_key: &str) -> Result<HeaderValue, ConfigError> {
    let refused = || ConfigError::Setting {
        name: "secret key of Clerk, which begins with sk_",
        value: "(not shown)".to_owned(),
    };
    let is_visible = secret_key.bytes().all(|byte| byte.is_ascii_graphic());
    if !secret_key.starts_with("sk_") || !is_visible {
        return Err(refused());
    }
    let mut value = HeaderValue::try_from(format!("Bearer {secret_key}")).map_err(|_| refused())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(place: &Place, allow: bool) -> Result<Endpoint, ConfigError> {
        place.judge("https://issuer.example", None, allow)
    }

    #[test]
    fn only_https_and_switched_on_http_to_loopback_are_taken() {
        for (url, by_default, with_switch) in [
            ("https://issuer.example/jwks", true, true),
            ("https://issuer.example:8443/jwks?x=1#f", true, true),
            ("http://127.0.0.1:80/jwks", false, true),
            ("http://127.3.2.1/jwks", false, true),
            ("http://[::1]:8080/jwks", false, true),
            ("http://localhost:8080/jwks", false, true),
            ("http://issuer.example/jwks", false, false),
            ("http://localhost.issuer.example/jwks", false, false),
            ("http://127.0.0.1.issuer.example/jwks", false, false),
            ("http://0.0.0.0/jwks", false, false),
            ("http://10.0.0.1/jwks", false, false),
            ("https://user@issuer.example/jwks", false, false),
            ("https://:word@issuer.example/jwks", false, false),
            ("ftp://127.0.0.1/jwks", false, false),
            ("file:///etc/jwks", false, false),
            ("https:", false, false),
            ("issuer.example/jwks", false, false),
            ("", false, false),
        ] {
            let place = Place::Url(url.to_owned());
            assert_eq!(judge(&place, false).is_ok(), by_default, "{url}");
            assert_eq!(judge(&place, true).is_ok(), with_switch, "{url}");
        }
    }

    #[test]
    fn a_refused_url_is_named_without_its_secrets() {
        let url = "http://user:word@issuer.example:81/jwks?key=secret#secret".to_owned();
        let place = Place::Url(url);
        let error = judge(&place, true).err().unwrap();
        assert_eq!(
            error.to_string(),
            r#""http://issuer.example:81/jwks" cannot be the key-set URL"#
        );
        assert_eq!(
            format!("{place:?}"),
            r#"Url("http://issuer.example:81/jwks")"#
        );
    }

    #[test]
    fn a_profile_without_key_set_url_names_the_ways_out() {
        let error = judge(&Place::Profile, false).err().unwrap().to_string();
        assert!(error.contains("https://issuer.example"), "{error}");
        assert!(error.contains("RemoteKeys::discover()"), "{error}");
        let endpoint = Place::Profile
            .judge("https://a.example", Some("https://b.example/jwks"), false)
            .ok()
            .unwrap();
        assert_eq!(endpoint.url().as_str(), "https://b.example/jwks");
        assert_eq!(endpoint.host(), "b.example");
    }

    #[test]
    fn discovery_appends_to_the_issuer() {
        for (issuer, expected) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/realms/b",
                "https://a.example/realms/b/.well-known/openid-configuration",
            ),
        ] {
            let endpoint = Place::Discovery.judge(issuer, None, false).ok().unwrap();
            assert_eq!(endpoint.url().as_str(), expected);
        }
        assert!(Place::Discovery.judge("not a URL", None, true).is_err());
    }

    #[test]
    fn nothing_is_appended_to_a_query_or_fragment() {
        for base in [
            "https://a.example?",
            "https://a.example/?x=1",
            "https://a.example/realms/b?x=/",
            "https://a.example#",
            "https://a.example/#/",
        ] {
            let error = Place::Discovery.judge(base, None, false).err().unwrap();
            assert!(error.to_string().contains("https://a.example"), "{error}");
            let place = Place::ClerkBackend {
                api_url: base.to_owned(),
                secret_key: "sk_test_abc".to_owned(),
            };
            assert!(judge(&place, false).is_err(), "{base}");
        }
    }

    #[test]
    fn the_secret_key_is_judged_and_never_shown() {
        let place = |key: &str| Place::ClerkBackend {
            api_url: CLERK_API.to_owned(),
            secret_key: key.to_owned(),
        };
        for key in [
            "",
            "pk_test_abc",
            "sk_test_a\nb",
            "sk_test_a b",
            "sk_test_ä",
        ] {
            let error = judge(&place(key), false).err().unwrap();
            assert!(error.to_string().contains("(not shown)"));
        }
        let Endpoint::KeySet { url, authorization } =
            judge(&place("sk_test_abc"), false).ok().unwrap()
        else {
            panic!("discovers");
        };
        assert_eq!(url.as_str(), "https://api.clerk.com/v1/jwks");
        let authorization = authorization.unwrap();
        assert_eq!(authorization.as_bytes(), b"Bearer sk_test_abc");
        assert_eq!(format!("{authorization:?}"), "Sensitive");
        assert!(!format!("{:?}", place("sk_test_abc")).contains("abc"));
    }
}
