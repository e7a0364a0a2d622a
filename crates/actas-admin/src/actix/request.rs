//! actix-web's request, with the types of `http` 0.2, as one of `http` 1.

use actas_core::{Auth, SignedOut};
use actix_web::HttpMessage;
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::Version;
use axum::body::Body;
use axum::extract::OriginalUri;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};

use super::upload::Upload;

/// The request as a router below `request`'s scope sees it.
///
/// # Errors
///
/// When the path, the method or the headers are beyond what `http` 1 holds.
pub(super) fn translated(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Request<Body>, http::Error> {
    let whole: Uri = request.uri().to_string().parse()?;
    let method = Method::from_bytes(request.method().as_str().as_bytes())?;
    let headers = headers(request)?;

    let mut translated = Request::new(Body::new(Upload::new(payload)));
    *translated.method_mut() = method;
    *translated.uri_mut() = below(&whole, segments_above(request))?;
    *translated.version_mut() = version(request.version());
    *translated.headers_mut() = headers;

    let extensions = translated.extensions_mut();
    extensions.insert(OriginalUri(whole));
    if let Some(auth) = request.extensions().get::<Auth>() {
        extensions.insert(auth.clone());
    }
    if let Some(signed_out) = request.extensions().get::<SignedOut>() {
        extensions.insert(signed_out.clone());
    }
    Ok(translated)
}

fn headers(request: &HttpRequest) -> Result<HeaderMap, http::Error> {
    let mut headers = HeaderMap::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes())?;
        let value = HeaderValue::from_bytes(value.as_bytes())?;
        headers.try_append(name, value)?;
    }
    Ok(headers)
}

/// How many segments of the path the scopes around the handler stand for.
///
/// They match the decoded path. A slash is never one of the characters that are decoded: segments can be counted there and
/// taken off the path as it was sent.
fn segments_above(request: &HttpRequest) -> usize {
    let path = request.match_info();
    let above = path.as_str().strip_suffix(path.unprocessed());
    above.unwrap_or_default().matches('/').count()
}

/// `uri` without the first `segments` of its path.
fn below(uri: &Uri, segments: usize) -> Result<Uri, http::Error> {
    let path = uri.path();
    let slash = path.match_indices('/').nth(segments).map(|(at, _)| at);
    let rest = slash.and_then(|at| path.get(at..)).unwrap_or("/");

    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{rest}?{query}"))?,
        None => PathAndQuery::try_from(rest)?,
    });
    Ok(Uri::from_parts(parts)?)
}

fn version(version: Version) -> http::Version {
    match version {
        Version::HTTP_09 => http::Version::HTTP_09,
        Version::HTTP_10 => http::Version::HTTP_10,
        Version::HTTP_2 => http::Version::HTTP_2,
        Version::HTTP_3 => http::Version::HTTP_3,
        _ => http::Version::HTTP_11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_comes_off_as_it_was_sent() {
        for (uri, segments, expected) in [
            ("/admin/sessions", 1, "/sessions"),
            ("/admin/sessions?user_id=%2F", 1, "/sessions?user_id=%2F"),
            ("/%61dmin/s%65ssions", 1, "/s%65ssions"),
            ("/a/b/c/", 2, "/c/"),
            ("/admin/", 1, "/"),
            ("/admin", 1, "/"),
            ("/admin?limit=1", 1, "/?limit=1"),
            ("/admin//sessions", 1, "//sessions"),
            ("/sessions", 0, "/sessions"),
            (
                "http://host.example/admin/sessions",
                1,
                "http://host.example/sessions",
            ),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(below(&uri, segments).unwrap(), expected, "{uri}");
        }
    }
}
