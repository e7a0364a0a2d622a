use actas_core::{Auth, Error, Refusals, Reply, SignedOut};
use actix_web::HttpResponse;
use actix_web::dev::Extensions;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;

use crate::head::Head;

/// Renders a refusal the way of the layer that the request came through, or of none.
pub(crate) fn render(extensions: &Extensions, error: &Error, head: Head<'_>) -> Reply {
    let refusals = Refusals::of(extensions.get::<Auth>(), extensions.get::<SignedOut>());
    refusals.render(error, &head)
}

/// The refusal that core rendered, as a response.
pub(crate) fn respond(reply: Reply) -> HttpResponse<Bytes> {
    let status = status(&reply);
    let mut response = HttpResponse::with_body(status, Bytes::from(reply.body));

    for (name, value) in reply.headers {
        // Core promises that both are valid.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

pub(crate) fn status(reply: &Reply) -> StatusCode {
    StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
