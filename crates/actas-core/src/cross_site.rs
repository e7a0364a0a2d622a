//! The cross-site check of requests whose credential a browser attaches by itself.
//!
//! A browser sends a session cookie with whatever page makes it send a request (cross-site request forgery). Two
//! headers that no page can set tell which page that was: `Sec-Fetch-Site` and `Origin`.
//!
//! | `Sec-Fetch-Site` | `Origin` of an authorized party | own `Origin` | other `Origin`, `null` | no `Origin` |
//! |---|---|---|---|---|
//! | `same-origin`, `none` | passes | passes | passes | passes |
//! | absent | passes | passes | refused | passes |
//! | `same-site`, `cross-site`, any other | passes | refused | refused | refused |
//!
//! - Without both headers it is no browser: browsers send `Origin` with every method that is not safe and with every
//!   WebSocket.
//! - `same-site` does not pass by itself: it is what a sibling subdomain sends, and somebody else may control that one (a
//!   customer's page, a forgotten DNS entry). Its `Origin` is judged like any other.
//! - The own `Origin` has the host and port that the request was sent to; the scheme is not known behind a proxy that ends
//!   TLS. It is asked only where `Sec-Fetch-Site` is absent: old browsers, and plain HTTP, where browsers do not send
//!   it. A browser that says `same-site` or `cross-site` about the own host and port speaks of another scheme: a page
//!   over plain HTTP, which anybody on the network can write.
//! - Behind a proxy that replaces `Host`, the own origin has to be an authorized party.

use crate::error::{Error, ErrorKind};
use crate::method;
use crate::request::RequestHead;

/// Judges a request with a cookie credential; `trusted_origins` are the authorized parties.
///
/// # Errors
///
/// [`ErrorKind::CrossSite`] when the request may change something and comes from another site, or when `Origin` or
/// `Sec-Fetch-Site` is there twice.
pub(crate) fn check<R: RequestHead>(request: &R, trusted_origins: &[String]) -> Result<(), Error> {
    if method::only_reads(request) {
        return Ok(());
    }
    let site = single(request, "sec-fetch-site")?;
    let origin = single(request, "origin")?;
    if matches!(site, Some(b"same-origin" | b"none")) {
        return Ok(());
    }
    let Some(origin) = origin else {
        return admit(site.is_none());
    };
    let Some(origin) = Origin::parse(origin) else {
        return admit(false);
    };
    let is_trusted = trusted_origins.iter().any(|trusted| {
        let trusted = trusted.strip_suffix('/').unwrap_or(trusted);
        Origin::parse(trusted.as_bytes()).is_some_and(|trusted| trusted.equals(&origin))
    });
    admit(is_trusted || (site.is_none() && origin.is_own(request)?))
}

fn admit(is_ours: bool) -> Result<(), Error> {
    if is_ours {
        Ok(())
    } else {
        Err(ErrorKind::CrossSite.into())
    }
}

fn single<'r, R: RequestHead>(
    request: &'r R,
    name: &'static str,
) -> Result<Option<&'r [u8]>, Error> {
    let mut lines = request.header(name);
    let first = lines.next();
    if lines.next().is_some() {
        return Err(ErrorKind::CrossSite.into());
    }
    Ok(first)
}

/// An origin in its serialised form (RFC 6454 §6.2).
struct Origin<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Origin<'a> {
    /// `None` for `null` and for anything else that is no origin.
    fn parse(value: &'a [u8]) -> Option<Self> {
        let (scheme, authority) = str::from_utf8(value).ok()?.split_once("://")?;
        let (host, port) = host_and_port(authority)?;
        Some(Self {
            scheme,
            host,
            port: port.or_else(|| default_port(scheme)),
        })
    }

    fn equals(&self, other: &Self) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme) && self.is_at(other.host, other.port)
    }

    fn is_own<R: RequestHead>(&self, request: &R) -> Result<bool, Error> {
        // An origin of another scheme (an extension's, an app's) may have any name as its host.
        let Some(default_port) = default_port(self.scheme) else {
            return Ok(false);
        };
        let authority = match request.authority() {
            Some(authority) => Some(authority),
            None => single(request, "host")?.and_then(|host| str::from_utf8(host).ok()),
        };
        let own = authority.and_then(host_and_port);
        Ok(own.is_some_and(|(host, port)| self.is_at(host, port.or(Some(default_port)))))
    }

    fn is_at(&self, host: &str, port: Option<u16>) -> bool {
        self.host.eq_ignore_ascii_case(host) && self.port == port
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    if scheme.eq_ignore_ascii_case("https") {
        Some(443)
    } else if scheme.eq_ignore_ascii_case("http") {
        Some(80)
    } else {
        None
    }
}

fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand between brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (authority, None),
    };
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_request::TestRequest;

    const OWN: &str = "https://app.example.com";
    const TRUSTED: &str = "https://admin.example.com";
    const SIBLING: &str = "https://blog.example.com";
    const SITES: [Option<&str>; 6] = [
        None,
        Some("same-origin"),
        Some("none"),
        Some("same-site"),
        Some("cross-site"),
        Some("elsewhere"),
    ];

    fn passes(request: &TestRequest) -> bool {
        passes_with(request, &[TRUSTED])
    }

    fn passes_with(request: &TestRequest, trusted: &[&str]) -> bool {
        let trusted: Vec<_> = trusted.iter().map(|&origin| origin.to_owned()).collect();
        match check(request, &trusted) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::CrossSite);
                false
            }
        }
    }

    fn to_app(method: &str) -> TestRequest {
        TestRequest::new(method).with_header("host", "app.example.com")
    }

    fn from(request: TestRequest, site: Option<&str>, origin: Option<&str>) -> TestRequest {
        let request = match site {
            Some(site) => request.with_header("sec-fetch-site", site),
            None => request,
        };
        match origin {
            Some(origin) => request.with_header("origin", origin),
            None => request,
        }
    }

    #[test]
    fn the_table() {
        let origins = [
            Some(TRUSTED),
            Some(OWN),
            Some(SIBLING),
            Some("https://evil.example"),
            Some("null"),
            None,
        ];
        for (site, expected) in SITES.into_iter().zip([
            [true, true, false, false, false, true],
            [true; 6],
            [true; 6],
            [true, false, false, false, false, false],
            [true, false, false, false, false, false],
            [true, false, false, false, false, false],
        ]) {
            for (origin, expected) in origins.into_iter().zip(expected) {
                let request = from(to_app("POST"), site, origin);
                assert_eq!(passes(&request), expected, "{site:?} {origin:?}");
            }
        }
    }

    #[test]
    fn a_request_that_only_reads_passes_from_anywhere() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(
                passes(&from(to_app(method), Some("cross-site"), Some("null"))),
                "{method}"
            );
        }
    }

    #[test]
    fn every_other_method_and_every_upgrade_is_judged() {
        for method in [
            "POST", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE", "QUERY", "get",
        ] {
            assert!(
                !passes(&from(to_app(method), Some("cross-site"), None)),
                "{method}"
            );
        }
        let upgrade = to_app("GET").with_header("upgrade", "websocket");
        assert!(passes(&from(upgrade.clone(), None, Some(OWN))));
        assert!(passes(&from(
            upgrade.clone(),
            Some("same-origin"),
            Some(OWN)
        )));
        assert!(!passes(&from(
            upgrade.clone(),
            None,
            Some("https://evil.example")
        )));
        assert!(!passes(&from(upgrade, Some("cross-site"), None)));
    }

    #[test]
    fn a_header_that_is_there_twice_is_refused() {
        let own = from(to_app("POST"), Some("same-origin"), Some(OWN));
        assert!(passes(&own));
        assert!(!passes(&own.clone().with_header("origin", OWN)));
        assert!(!passes(&own.with_header("sec-fetch-site", "same-origin")));
        let old = from(to_app("POST"), None, Some(OWN));
        assert!(passes(&old));
        assert!(!passes(&old.with_header("host", "app.example.com")));
    }

    #[test]
    fn the_own_origin_has_the_host_and_port_of_the_request() {
        for (host, origin, expected) in [
            ("app.example.com", "https://app.example.com", true),
            ("app.example.com", "http://app.example.com", true),
            ("APP.example.com", "HTTPS://app.EXAMPLE.com", true),
            ("app.example.com:443", "https://app.example.com", true),
            ("app.example.com", "https://app.example.com:443", true),
            ("app.example.com:80", "http://app.example.com", true),
            ("app.example.com:80", "https://app.example.com", false),
            ("app.example.com:443", "http://app.example.com", false),
            ("localhost:3000", "http://localhost:3000", true),
            ("localhost:3000", "http://localhost:5173", false),
            ("localhost:3000", "http://localhost", false),
            ("localhost", "http://localhost:3000", false),
            ("[::1]:3000", "http://[::1]:3000", true),
            ("[::1]", "http://[::1]", true),
            ("[::1]", "http://[::1]:80", true),
            ("[::1]:3000", "http://[::1]:3001", false),
            (
                "app.example.com",
                "https://app.example.com.evil.example",
                false,
            ),
            (
                "app.example.com",
                "https://evil.example/app.example.com",
                false,
            ),
            (
                "app.example.com",
                "https://app.example.com@evil.example",
                false,
            ),
            ("app.example.com", "https://app.example.com:x", false),
            ("app.example.com", "https://app.example.com:99999", false),
            ("app.example.com", "https://app.example.com:", false),
            ("app.example.com", "app.example.com", false),
            ("app.example.com", "", false),
            ("abcdefgh", "chrome-extension://abcdefgh", false),
            ("abcdefgh:80", "chrome-extension://abcdefgh:80", false),
            ("", "file://", false),
            ("", "https://", false),
        ] {
            let request = from(
                TestRequest::new("POST").with_header("host", host),
                None,
                Some(origin),
            );
            assert_eq!(
                passes(&request),
                expected,
                "host {host:?}, origin {origin:?}"
            );
        }
    }

    #[test]
    fn the_authority_of_the_target_comes_before_the_host_header() {
        let request = |origin| {
            from(
                to_app("POST").with_authority("h2.example.com"),
                None,
                Some(origin),
            )
        };
        assert!(passes(&request("https://h2.example.com")));
        assert!(!passes(&request(OWN)));
        assert!(!passes(&from(TestRequest::new("POST"), None, Some(OWN))));
    }

    #[test]
    fn an_authorized_party_is_compared_as_an_origin() {
        for (trusted, origin, expected) in [
            (TRUSTED, "https://admin.example.com", true),
            (
                "https://admin.example.com/",
                "https://admin.example.com",
                true,
            ),
            (
                "HTTPS://Admin.example.com",
                "https://admin.example.com",
                true,
            ),
            (
                "https://admin.example.com:443",
                "https://admin.example.com",
                true,
            ),
            ("http://localhost:5173", "http://localhost:5173", true),
            (
                "chrome-extension://abcdefgh",
                "chrome-extension://abcdefgh",
                true,
            ),
            (TRUSTED, "http://admin.example.com", false),
            (TRUSTED, "https://admin.example.com:8443", false),
            ("https://localhost:8443", "http://localhost:8443", false),
            (TRUSTED, "https://x.admin.example.com", false),
            (
                "https://admin.example.com//",
                "https://admin.example.com",
                false,
            ),
            (
                "https://admin.example.com/path",
                "https://admin.example.com",
                false,
            ),
            ("admin.example.com", "https://admin.example.com", false),
            ("null", "null", false),
            ("client-1", "client-1", false),
            ("", "", false),
        ] {
            let request = from(to_app("POST"), Some("cross-site"), Some(origin));
            assert_eq!(
                passes_with(&request, &[trusted]),
                expected,
                "{trusted:?} {origin:?}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_no_origin() {
        let request = to_app("POST").with_header("origin", b"https://\xff");
        assert!(!passes(&request));
        let request = TestRequest::new("POST")
            .with_header("host", b"\xff")
            .with_header("origin", OWN);
        assert!(!passes(&request));
    }
}
