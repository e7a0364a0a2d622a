use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actas_core::{Auth, SignedOut, Verifier};
use actas_issuer::exchange::Exchange;
use actas_issuer::{Impersonations, SetCookie};
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderValue};
use axum::response::Response;

use super::provider::Provider;
use crate::wire::Problem;

/// What the routes stand on.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) impersonations: Impersonations,
    pub(super) verifier: Verifier,
    pub(super) provider: Option<Arc<dyn Provider>>,
    /// What exchanges tokens, where it is served.
    pub(super) exchange: Option<Exchange>,
    /// Whether it has been said that a layer stands where none may.
    pub(super) has_told: Arc<AtomicBool>,
}

impl Api {
    /// Refuses what the verifier would make something else of: it would take whoever starts for themselves, as it passes over the
    /// cookie that says otherwise, or go on with what was stopped, as it asks no record.
    pub(super) fn can_start(&self) -> Result<(), Problem> {
        let cookie = self.impersonations.cookies().impersonation_name();
        if self.verifier.is_audited() && self.verifier.takes_impersonation_cookie(cookie) {
            return Ok(());
        }
        tracing::error!(
            "no impersonation starts: the verifier of Impersonation's routes does not take the cookie {cookie}, or records nothing; \
             build it by Impersonations::verifier_builder"
        );
        Err(Problem::internal())
    }

    /// Says once if another layer has judged the request: it refuses sessions that have ended, and which are to be stopped.
    pub(super) fn look_for_layer(&self, extensions: &Extensions) {
        let is_inside =
            extensions.get::<Auth>().is_some() || extensions.get::<SignedOut>().is_some();
        if is_inside && !self.has_told.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "an AuthLayer stands around the routes of impersonation: a session that has ended cannot be stopped; mount \
                 Impersonation's router outside of it"
            );
        }
    }
}

/// Has a response set a cookie.
pub(super) fn set_cookie(response: &mut Response, cookie: &SetCookie) {
    if let Ok(mut value) = HeaderValue::try_from(&**cookie) {
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
    }
}
