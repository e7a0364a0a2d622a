use actas_core::RequestHead;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};

/// The head of an `http` request, as [`Verifier::authenticate`](actas_core::Verifier::authenticate) reads it.
///
/// A reference to the request's own parts: nothing is copied.
///
/// ```
/// use actas_core::RequestHead;
/// use actas_tower::Head;
/// use http::Request;
///
/// let request = Request::put("https://api.example.com/cart").body(())?;
///
/// let head = Head::from(&request);
/// assert_eq!(head.method(), "PUT");
/// assert_eq!(head.authority(), Some("api.example.com"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.headers.get_all(name).iter().map(HeaderValue::as_bytes)
    }

    fn authority(&self) -> Option<&str> {
        self.uri.authority().map(http::uri::Authority::as_str)
    }
}

impl<'a, B> From<&'a Request<B>> for Head<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
        }
    }
}

impl<'a> From<&'a Parts> for Head<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
        }
    }
}
