use actas_issuer::{SessionId, StartError, Started};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::impersonation::api::{Api, set_cookie};
use crate::impersonation::body::{Input, done};
use crate::impersonation::caller::Caller;
use crate::impersonation::objects::{PendingObject, StartObject};
use crate::impersonation::refusals::{AboutStart, OfRecord, Refusals, WithBody};
use crate::impersonation::requests::{CollectBody, StartBody};
use crate::wire::Problem;

/// Starts to act as a user.
#[utoipa::path(
    post,
    path = "/impersonations",
    operation_id = "startImpersonation",
    tag = "impersonations",
    request_body = StartBody,
    responses(
        (status = CREATED, description = "A ticket, and a cookie that binds it to this browser.", body = StartObject, headers(("set-cookie" = String, description = "What the ticket is bound to."))),
        (status = ACCEPTED, description = "It waits to be approved by a second person, and then to be collected.", body = PendingObject),
        AboutStart, WithBody, OfRecord, Refusals,
    ),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn start(
    State(api): State<Api>,
    Caller(actor): Caller,
    input: Input<StartBody>,
) -> Result<Response, Problem> {
    api.can_start()?;
    let request = input.fields.into_request()?;
    started(&api.impersonations.start(&actor, request).await?)
}

/// Starts what was asked for and has been approved since.
#[utoipa::path(
    post,
    path = "/impersonations/{id}/collect",
    operation_id = "collectImpersonation",
    tag = "impersonations",
    params(("id" = String, Path, description = "The start's `id`.", pattern = "^imp_[0-9a-f]{32}$")),
    request_body = CollectBody,
    responses(
        (status = CREATED, description = "A ticket, and a cookie that binds it to this browser.", body = StartObject, headers(("set-cookie" = String, description = "What the ticket is bound to."))),
        AboutStart, WithBody, OfRecord, Refusals,
    ),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn collect(
    State(api): State<Api>,
    Caller(actor): Caller,
    id: Result<Path<String>, PathRejection>,
    _: Input<CollectBody>,
) -> Result<Response, Problem> {
    api.can_start()?;
    let id = session_id(id).ok_or(StartError::NotApproved)?;
    started(&api.impersonations.collect(&actor, id).await?)
}

fn started(started: &Started) -> Result<Response, Problem> {
    match started {
        Started::Ticket {
            ticket,
            cookie,
            expires_at,
            session,
            ends_at,
            ..
        } => {
            let object = StartObject::new(*session, ticket, *expires_at, *ends_at);
            let mut response = done(None, StatusCode::CREATED, &object)?;
            set_cookie(&mut response, cookie);
            Ok(response)
        }
        Started::AwaitsApproval { id, expires_at, .. } => {
            let object = PendingObject::new(*id, *expires_at);
            done(None, StatusCode::ACCEPTED, &object)
        }
        _ => Err(Problem::internal()),
    }
}

pub(super) fn session_id(id: Result<Path<String>, PathRejection>) -> Option<SessionId> {
    let Path(id) = id.ok()?;
    id.parse().ok()
}
