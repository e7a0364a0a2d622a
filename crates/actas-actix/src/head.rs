use std::fmt;
use std::net::IpAddr;

use actas_core::RequestHead;
use actix_web::HttpRequest;
use actix_web::dev::{self, ServiceRequest};
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderValue};
use actix_web::http::uri::{Authority, PathAndQuery};

/// The head of an actix-web request, as [`Verifier::authenticate`](actas_core::Verifier::authenticate) reads it.
///
/// A reference to the request's own head: nothing is copied.
///
/// ```
/// use actas_actix::Head;
/// use actas_core::RequestHead;
/// use actix_web::test::TestRequest;
///
/// let request = TestRequest::put()
///     .uri("https://api.example.com/cart?item=7")
///     .to_http_request();
///
/// let head = Head::from(&request);
/// assert_eq!(head.method(), "PUT");
/// assert_eq!(head.target(), "/cart?item=7");
/// assert_eq!(head.authority(), Some("api.example.com"));
/// ```
#[derive(Clone, Copy)]
pub struct Head<'a> {
    head: &'a dev::RequestHead,
}

/// Without the headers: among them are the credentials.
impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("method", &self.head.method)
            .finish_non_exhaustive()
    }
}

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.head.method.as_str()
    }

    fn target(&self) -> &str {
        let target = self.head.uri.path_and_query();
        target.map_or("", PathAndQuery::as_str)
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        // The usual names need not be parsed each time.
        let values = match name {
            "authorization" => self.head.headers.get_all(AUTHORIZATION),
            "cookie" => self.head.headers.get_all(COOKIE),
            _ => self.head.headers.get_all(name),
        };
        values.map(HeaderValue::as_bytes)
    }

    fn authority(&self) -> Option<&str> {
        self.head.uri.authority().map(Authority::as_str)
    }

    fn peer(&self) -> Option<IpAddr> {
        self.head.peer_addr.map(|peer| peer.ip())
    }
}

impl<'a> From<&'a ServiceRequest> for Head<'a> {
    fn from(request: &'a ServiceRequest) -> Self {
        Self {
            head: request.head(),
        }
    }
}

impl<'a> From<&'a HttpRequest> for Head<'a> {
    fn from(request: &'a HttpRequest) -> Self {
        Self {
            head: request.head(),
        }
    }
}

/// The pattern of the route that the router takes for this request, with its scopes; none until it has taken one.
///
/// A guard around an application or a scope is asked before the router looks at methods and guards of routes, where several
/// patterns may fit the path: only the router knows which it will be.
///
/// Before routing, actix-web finds it by the path as it was sent, while the router goes by the decoded path: for
/// `/%73ecret` the one can be `/{page}` and the other `/secret`. Where the two disagree there is no template.
pub(crate) fn route_template(request: &HttpRequest) -> Option<String> {
    if !request.match_info().unprocessed().is_empty() {
        return None;
    }
    let template = request.match_pattern()?;
    let routed = request.match_info().as_str();

    let agreed = routed == request.path()
        || request.resource_map().match_pattern(routed).as_ref() == Some(&template);
    agreed.then_some(template)
}
