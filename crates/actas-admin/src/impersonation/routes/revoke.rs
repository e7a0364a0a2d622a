use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::impersonation::api::Api;
use crate::impersonation::body::{Input, done};
use crate::impersonation::caller::Caller;
use crate::impersonation::objects::RevocationObject;
use crate::impersonation::provider;
use crate::impersonation::refusals::{AboutRevocation, OfRecord, Refusals, WithBody};
use crate::impersonation::requests::RevokeBody;
use crate::wire::Problem;

/// Revokes one session, all of an actor, all of a user, or everything: of this issuer and of others, from the next request on.
#[utoipa::path(
    post,
    path = "/impersonations/revoke",
    operation_id = "revokeImpersonations",
    tag = "impersonations",
    request_body = RevokeBody,
    responses((status = OK, description = "It is revoked, also what is seen only afterwards.", body = RevocationObject), AboutRevocation, WithBody, OfRecord, Refusals),
    security(("session" = [])),
)]
pub(in crate::impersonation) async fn revoke(
    State(api): State<Api>,
    Caller(who): Caller,
    Input { fields, path }: Input<RevokeBody>,
) -> Result<Response, Problem> {
    let (what, reason) = fields.into_parts();
    let provider = api.provider.as_deref();
    // Nobody is asked anything there for whoever may not revoke.
    if provider.is_some() {
        api.impersonations.may_revoke(&who, &what, &reason).await?;
    }
    // Afterwards nothing runs any longer that the record could name.
    let concerned = match provider {
        Some(provider) => provider.concerned(&what).await,
        None => None,
    };
    api.impersonations.revoke(&who, &what, &reason).await?;
    let ended_there = match provider.zip(concerned) {
        Some((provider, concerned)) => Some(provider::end(provider, concerned).await),
        None => None,
    };
    done(path, StatusCode::OK, &RevocationObject::new(ended_there))
}
