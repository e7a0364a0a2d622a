//! Who is signed in, and who acts as them.

use actas_core::Actor;
use actas_tower::axum::Auth;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::wire::{self, Problem};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Me<'a> {
    user_id: &'a str,
    actor: Option<&'a Actor>,
    session_id: Option<&'a str>,
    /// In milliseconds since the Unix epoch, as scripts count.
    expires_at: i64,
}

pub(super) async fn me(auth: Auth) -> Response {
    let me = Me {
        user_id: &auth.user_id,
        actor: auth.actor.as_ref(),
        session_id: auth.session_id.as_deref(),
        expires_at: auth.expires_at.saturating_mul(1000),
    };
    wire::response(StatusCode::OK, "application/json", &me).unwrap_or_else(|error| {
        tracing::error!(%error, "a session cannot be written");
        Problem::internal().into_response()
    })
}
