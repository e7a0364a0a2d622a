use actas_tower::axum::Direct;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::impersonation::api::Api;
use crate::impersonation::body::{Input, Nothing, done};
use crate::impersonation::objects::{ConsentObject, WithdrawalObject};
use crate::impersonation::refusals::{InPerson, OfRecord, Refusals, WithBody};
use crate::impersonation::requests::ConsentBody;
use crate::wire::Problem;

/// What the caller has agreed to.
#[utoipa::path(
    get,
    path = "/me/consent",
    operation_id = "getMyConsent",
    tag = "me",
    responses((status = OK, description = "What the caller has agreed to, if anything.", body = ConsentObject), InPerson, OfRecord, Refusals),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn consent(
    State(api): State<Api>,
    user: Direct,
) -> Result<Response, Problem> {
    let record = api.impersonations.consent(&user.0).await?;
    done(None, StatusCode::OK, &ConsentObject::from(record))
}

/// Agrees to being acted as, until a time. It replaces what the caller agreed to before.
#[utoipa::path(
    post,
    path = "/me/consent",
    operation_id = "giveMyConsent",
    tag = "me",
    request_body = ConsentBody,
    responses((status = OK, description = "What the caller has agreed to.", body = ConsentObject), InPerson, WithBody, OfRecord, Refusals),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn give_consent(
    State(api): State<Api>,
    user: Direct,
    input: Input<ConsentBody>,
) -> Result<Response, Problem> {
    let until = input.fields.until()?;
    let record = api.impersonations.give_consent(&user.0, until).await?;
    input.answer(StatusCode::OK, &ConsentObject::from(Some(record)))
}

/// Takes the caller's consent back, and ends what runs on it.
#[utoipa::path(
    post,
    path = "/me/consent/withdraw",
    operation_id = "withdrawMyConsent",
    tag = "me",
    request_body = Nothing,
    responses((status = OK, description = "Nothing starts on it any longer.", body = WithdrawalObject), InPerson, WithBody, OfRecord, Refusals),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn withdraw_consent(
    State(api): State<Api>,
    user: Direct,
    input: Input<Nothing>,
) -> Result<Response, Problem> {
    let withdrawn = api.impersonations.withdraw_consent(&user.0).await?;
    input.answer(StatusCode::OK, &WithdrawalObject::new(withdrawn.recorded))
}
