use std::net::IpAddr;

use actas_core::ConfigError;
use reqwest::Url;

/// The URL of Clerk's Backend API: `https`, or `http` to loopback where that is allowed, and nothing behind its path.
pub(super) fn api_url(text: &str, allow_http_to_loopback: bool) -> Result<Url, ConfigError> {
    let refused = || ConfigError::Setting {
        name: "URL of Clerk's Backend API",
        value: shown(text),
    };
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_safe = match url.scheme() {
        "https" => url.has_host(),
        "http" => allow_http_to_loopback && is_loopback(&url),
        _ => false,
    };
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if is_safe && is_bare {
        Ok(url)
    } else {
        Err(refused())
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The host, and the port where it is not the scheme's.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A URL without the parts that may hold a secret.
fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.has_host() => format!("{}://{}", url.scheme(), host(&url)),
        _ => "(no URL with a host)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_switched_on_http_to_loopback_are_taken() {
        for (url, by_default, with_switch) in [
            ("https://api.clerk.com", true, true),
            ("https://proxy.example:8443/clerk", true, true),
            ("http://127.0.0.1:80", false, true),
            ("http://[::1]:8080", false, true),
            ("http://localhost:8080/", false, true),
            ("http://api.clerk.com", false, false),
            ("http://localhost.clerk.example", false, false),
            ("http://127.0.0.1.clerk.example", false, false),
            ("http://0.0.0.0", false, false),
            ("http://10.0.0.1", false, false),
            ("https://user@api.clerk.com", false, false),
            ("https://:word@api.clerk.com", false, false),
            ("https://api.clerk.com?x", false, false),
            ("https://api.clerk.com#x", false, false),
            ("ftp://127.0.0.1", false, false),
            ("file:///etc", false, false),
            ("api.clerk.com", false, false),
            ("", false, false),
        ] {
            assert_eq!(api_url(url, false).is_ok(), by_default, "{url}");
            assert_eq!(api_url(url, true).is_ok(), with_switch, "{url}");
        }
    }

    #[test]
    fn a_refused_url_is_named_without_its_secrets() {
        let url = "https://user:word@clerk.example:81/secret?key=secret#secret";
        assert_eq!(
            api_url(url, true).unwrap_err().to_string(),
            r#""https://clerk.example:81" cannot be the URL of Clerk's Backend API"#
        );
    }
}
