use actas_core::{Ending, Progress};
use actas_tower::Head;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::impersonation::api::{Api, set_cookie};
use crate::impersonation::body::{Nothing, done, form_path};
use crate::impersonation::objects::{Found, StopObject};
use crate::impersonation::provider;
use crate::impersonation::refusal::refused;
use crate::impersonation::refusals::FromElsewhere;

/// Stops the impersonation of this browser, or of this token. It needs no session that still holds, and a second stop changes
/// nothing. Of the body, only `return_to` of a form is read.
#[utoipa::path(
    post,
    path = "/impersonations/current/stop",
    operation_id = "stopImpersonation",
    tag = "impersonations",
    request_body = Nothing,
    responses(
        (status = OK, description = "This browser has no impersonation any longer.", body = StopObject, headers(("set-cookie" = String, description = "Deletes `__Host-actas-impersonation`."))),
        FromElsewhere,
    ),
    security((), ("session" = []), ("impersonation" = [])),
)]
pub(in crate::impersonation) async fn stop(State(api): State<Api>, request: Request) -> Response {
    api.look_for_layer(request.extensions());
    let (parts, body) = request.into_parts();
    let ending = match api.verifier.session_to_end(&Head::from(&parts)) {
        Progress::Ready(ending) => ending,
        Progress::Waiting(waiting) => waiting.await,
    };
    let ending = match ending {
        Ok(ending) => ending,
        Err(error) => return refused(&error, api.verifier.refusals(), &parts),
    };
    let (mut recorded, mut ended_there) = (false, None);
    if let Ending::Session(session) = &ending {
        recorded = api.impersonations.stop(session).await.recorded;
        ended_there = provider::stop(api.provider.as_ref(), session).await;
    }
    if let Ending::Unverified(error) = &ending {
        tracing::warn!(kind = ?error.kind(), "an impersonation that cannot be verified is stopped in its browser alone");
    }
    // What has been stopped is, however long the body takes.
    let path = form_path(Request::from_parts(parts, body)).await;
    let object = StopObject::new(Found::from(&ending), recorded, ended_there);
    let response = done(path, StatusCode::OK, &object);
    let mut response = response.unwrap_or_else(IntoResponse::into_response);
    set_cookie(&mut response, &api.impersonations.cookies().clear());
    response
}
