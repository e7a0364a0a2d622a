use actas_issuer::exchange::Exchange;
use actas_tower::Head;
use axum::RequestExt;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::impersonation::refusals::TokenAnswers;

/// Bytes of the largest form, and one more: the protocol says itself that a form is too long.
const MAX_FORM: usize = 64 * 1024 + 1;

/// Exchanges the tokens of a user and of an actor for one in which the actor acts as the user (RFC 8693).
#[utoipa::path(
    post,
    path = "/oauth/token",
    operation_id = "exchangeToken",
    tag = "oauth",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded", description = "The parameters of RFC 8693 §2.1, with `reason`, and `ticket` where there is one."),
    responses(TokenAnswers),
    security(("client" = [])),
)]
pub(in crate::impersonation) async fn exchange(
    State(exchange): State<Exchange>,
    mut request: Request,
) -> Response {
    DefaultBodyLimit::max(MAX_FORM).apply(&mut request);
    let (parts, body) = request.into_parts();
    let form: Result<Bytes, _> = Request::from_parts(parts.clone(), body).extract().await;
    let form = match form {
        Ok(form) => form,
        Err(rejection) => return rejection.into_response(),
    };
    let answer = exchange.exchange(&Head::from(&parts), &form).await;
    let status = StatusCode::from_u16(answer.status());
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers() {
        if let Ok(value) = HeaderValue::try_from(value.as_str()) {
            let name = HeaderName::from_static(name);
            response.headers_mut().append(name, value);
        }
    }
    *response.body_mut() = Body::from(answer.into_body());
    response
}
