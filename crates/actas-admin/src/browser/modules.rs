//! The modules, as they are published.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;

/// What is served, and at which path.
const MODULES: [(&str, &str); 2] = [
    ("/actas/actas.js", include_str!("../../browser/actas.js")),
    ("/actas/react.js", include_str!("../../browser/react.js")),
];

pub(super) fn modules() -> Router {
    MODULES
        .into_iter()
        .fold(Router::new(), |router, (path, text)| {
            let tag = tag(text);
            router.route(
                path,
                get(async move |headers: HeaderMap| module(text, &tag, &headers)),
            )
        })
}

/// A browser asks each time whether it has the module as it is now: its path does not change with it.
fn module(text: &'static str, tag: &HeaderValue, asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    if is_known(tag, asked) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Body::from(Bytes::from_static(text.as_bytes()));
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/javascript; charset=utf-8"),
        );
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(ETAG, tag.clone());
    response
}

/// Two builds of the same text may name it differently: it is then sent once more.
fn tag(text: &str) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether `If-None-Match` names the tag, by weak comparison (RFC 9110 §13.1.2).
fn is_known(tag: &HeaderValue, asked: &HeaderMap) -> bool {
    let values = asked.get_all(IF_NONE_MATCH).iter();
    let tags = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    tags.map(<[u8]>::trim_ascii).any(|known| {
        let opaque = known.strip_prefix(b"W/").unwrap_or(known);
        known == b"*" || opaque == tag.as_bytes()
    })
}
