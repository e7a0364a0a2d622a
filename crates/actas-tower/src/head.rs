use std::fmt;
use std::net::IpAddr;

use actas_core::RequestHead;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{Extensions, HeaderMap, HeaderValue, Method, Request, Uri};

/// The head of an `http` request, as [`Verifier::authenticate`](actas_core::Verifier::authenticate) reads it.
///
/// A reference to the request's own parts: nothing is copied.
///
/// ```
/// use actas_core::RequestHead;
/// use actas_tower::Head;
/// use http::Request;
///
/// let request = Request::put("https://api.example.com/cart?item=7").body(())?;
///
/// let head = Head::from(&request);
/// assert_eq!(head.method(), "PUT");
/// assert_eq!(head.target(), "/cart?item=7");
/// assert_eq!(head.authority(), Some("api.example.com"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Head<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

/// Without the headers: among them are the credentials.
impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("method", self.method)
            .finish_non_exhaustive()
    }
}

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn target(&self) -> &str {
        sent_to(self.uri, self.extensions)
            .path_and_query()
            .map_or("", PathAndQuery::as_str)
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        // The usual names need not be parsed each time.
        let values = match name {
            "authorization" => self.headers.get_all(AUTHORIZATION),
            "cookie" => self.headers.get_all(COOKIE),
            _ => self.headers.get_all(name),
        };
        values.iter().map(HeaderValue::as_bytes)
    }

    fn authority(&self) -> Option<&str> {
        self.uri.authority().map(Authority::as_str)
    }

    fn peer(&self) -> Option<IpAddr> {
        peer(self.extensions)
    }
}

impl<'a, B> From<&'a Request<B>> for Head<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

impl<'a> From<&'a Parts> for Head<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }
}

/// Where the request was sent to: axum takes the prefix of a nested router off the request's own URI.
#[cfg(feature = "axum")]
fn sent_to<'a>(uri: &'a Uri, extensions: &'a Extensions) -> &'a Uri {
    let original = extensions.get::<axum::extract::OriginalUri>();
    original.map_or(uri, |original| &original.0)
}

#[cfg(not(feature = "axum"))]
fn sent_to<'a>(uri: &'a Uri, _: &'a Extensions) -> &'a Uri {
    uri
}

/// The other end of the connection, where the application is served with `into_make_service_with_connect_info::<SocketAddr>`.
#[cfg(feature = "axum")]
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    use std::net::SocketAddr;

    let connected = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>();
    connected.map(|connected| connected.0.ip())
}

#[cfg(not(feature = "axum"))]
fn peer(_: &Extensions) -> Option<IpAddr> {
    None
}

/// The template of the route that axum's router took, with its prefixes; none around the whole router.
#[cfg(feature = "axum")]
pub(crate) fn route_template(extensions: &Extensions) -> Option<&str> {
    extensions
        .get::<axum::extract::MatchedPath>()
        .map(axum::extract::MatchedPath::as_str)
}

#[cfg(not(feature = "axum"))]
pub(crate) fn route_template(_: &Extensions) -> Option<&str> {
    None
}
