use actas_core::ErrorKind;
use actas_tower::axum::Direct;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::wire::Problem;

/// Who asks, for whom nobody acts. Whoever is impersonated is told to stop first (409), and not that the user has to do it in
/// person.
pub(super) struct Caller(pub(super) actas_core::Direct);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let who = <Direct as FromRequestParts<S>>::from_request_parts(parts, state).await;
        who.map(|who| Self(who.into_inner())).map_err(|rejection| {
            if rejection.error().kind() == ErrorKind::ImpersonationDenied {
                stop_first().into_response()
            } else {
                rejection.into_response()
            }
        })
    }
}

fn stop_first() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "stop_impersonation_first",
        "You act as another user",
        "Stop the impersonation, and do this as yourself.",
    )
}
