use axum::extract::State;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::impersonation::api::{Api, set_cookie};
use crate::impersonation::body::Input;
use crate::impersonation::caller::Caller;
use crate::impersonation::objects::RedeemedObject;
use crate::impersonation::refusals::{AboutTicket, OfRecord, Refusals, WithBody};
use crate::impersonation::requests::RedeemBody;
use crate::wire::Problem;

/// Begins the session of a start, by its ticket and the cookie that it is bound to.
#[utoipa::path(
    post,
    path = "/impersonations/redeem",
    operation_id = "redeemImpersonation",
    tag = "impersonations",
    params(("__Host-actas-start" = Option<String>, Cookie, description = "What the start has set.")),
    request_body = RedeemBody,
    responses(
        (status = OK, description = "The caller acts as the user from now on: the cookie of this answer says so.", body = RedeemedObject, headers(("set-cookie" = String, description = "The session token, in `__Host-actas-impersonation`."))),
        AboutTicket, WithBody, OfRecord, Refusals,
    ),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn redeem(
    State(api): State<Api>,
    Caller(actor): Caller,
    headers: HeaderMap,
    input: Input<RedeemBody>,
) -> Result<Response, Problem> {
    api.can_start()?;
    let cookies = api.impersonations.cookies();
    let fields = headers.get_all(COOKIE).iter();
    // Each pair by itself: others may hold whatever bytes.
    let pairs = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
    // Without a cookie the ticket is tried as well: one that is used up is not told from one of another browser.
    let binding = cookies.binding(pairs.filter_map(|pair| str::from_utf8(pair).ok()));
    let binding = binding.unwrap_or_default();
    let redeemed = api
        .impersonations
        .redeem(&actor, &input.fields.ticket, binding)
        .await?;
    let mut response = input.answer(StatusCode::OK, &RedeemedObject::from(&redeemed))?;
    set_cookie(&mut response, &redeemed.cookie);
    set_cookie(&mut response, &cookies.clear_start());
    Ok(response)
}
