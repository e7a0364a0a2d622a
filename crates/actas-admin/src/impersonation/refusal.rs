//! Refusals that core words, outside of any layer.

use actas_core::{Error, Refusals};
use actas_tower::Head;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

/// The answer to a request that `error` refuses.
pub(super) fn refused(error: &Error, refusals: &Refusals, parts: &Parts) -> Response {
    let reply = refusals.render(error, &Head::from(parts));
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        // Core promises that both are valid.
        if let Ok(value) = HeaderValue::try_from(value) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    response
}
