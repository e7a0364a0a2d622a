use actas_issuer::ApproveError;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::start::session_id;
use crate::impersonation::api::Api;
use crate::impersonation::body::{Input, Nothing, done};
use crate::impersonation::caller::Caller;
use crate::impersonation::objects::{ApprovablePage, ApprovalObject};
use crate::impersonation::refusals::{AboutApproval, OfRecord, Refusals, WhileActing, WithBody};
use crate::wire::Problem;

/// The starts that the caller may approve, the oldest first: those of the 200 oldest that wait.
#[utoipa::path(
    get,
    path = "/impersonations/pending",
    operation_id = "listPendingImpersonations",
    tag = "impersonations",
    responses((status = OK, description = "All of them.", body = ApprovablePage), WhileActing, OfRecord, Refusals),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn pending(
    State(api): State<Api>,
    Caller(approver): Caller,
) -> Result<Response, Problem> {
    let pending = api.impersonations.awaiting_approval(&approver).await?;
    done(None, StatusCode::OK, &ApprovablePage::from(pending))
}

/// Approves a start that waits for a second person, who is neither its actor nor its user.
#[utoipa::path(
    post,
    path = "/impersonations/{id}/approve",
    operation_id = "approveImpersonation",
    tag = "impersonations",
    params(("id" = String, Path, description = "The start's `id`.", pattern = "^imp_[0-9a-f]{32}$")),
    request_body = Nothing,
    responses((status = OK, description = "It is approved.", body = ApprovalObject), AboutApproval, WithBody, OfRecord, Refusals),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn approve(
    State(api): State<Api>,
    Caller(approver): Caller,
    id: Result<Path<String>, PathRejection>,
    input: Input<Nothing>,
) -> Result<Response, Problem> {
    let id = session_id(id).ok_or(ApproveError::Refused)?;
    api.impersonations.approve(&approver, id).await?;
    input.answer(StatusCode::OK, &ApprovalObject::from(id))
}
