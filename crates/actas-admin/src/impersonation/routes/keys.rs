use actas_issuer::PublishedKeySet;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use crate::impersonation::api::Api;
use crate::impersonation::refusals::OfKeys;
use crate::wire::Problem;

/// The keys that this issuer's tokens are verified by: a JWK set (RFC 7517).
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "getKeySet",
    tag = "keys",
    params(("if-none-match" = Option<String>, Header, description = "`etag` of the set that the client has.")),
    responses(
        (status = OK, description = "The set, to be kept for 5 minutes.", content_type = "application/jwk-set+json", body = Object, headers(("etag" = String, description = "What this set is known by."))),
        (status = NOT_MODIFIED, description = "The client has it."),
        OfKeys,
    ),
)]
pub(in crate::impersonation) async fn keys(
    State(api): State<Api>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let set = api.impersonations.issuer().key_set().map_err(|error| {
        tracing::error!(%error, "the keys cannot be published");
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "keys_unavailable",
            "The keys cannot be read",
            "Try again in a moment.",
        )
    })?;
    let has = headers.get_all(IF_NONE_MATCH).iter();
    let mut has = has.filter_map(|tags| tags.to_str().ok());
    let is_unchanged = has.any(|tags| set.is_unchanged(tags));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let cache_control = HeaderValue::from_static(PublishedKeySet::CACHE_CONTROL);
    headers.insert(CACHE_CONTROL, cache_control);
    if let Ok(etag) = HeaderValue::try_from(set.etag()) {
        headers.insert(ETAG, etag);
    }
    if is_unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let content_type = HeaderValue::from_static(PublishedKeySet::CONTENT_TYPE);
    headers.insert(CONTENT_TYPE, content_type);
    *response.body_mut() = Body::from(set.json().to_owned());
    Ok(response)
}
