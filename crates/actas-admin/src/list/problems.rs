//! What the list refuses.

use axum::http::StatusCode;

use crate::wire::Problem;

impl Problem {
    /// Nothing of the record is this user's to read.
    pub(crate) fn out_of_scope() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not_an_auditor",
            "Not allowed to read the audit record",
            "Ask whoever runs this application for access.",
        )
    }

    /// There is no such session, or none that this user may read.
    pub(crate) fn no_session() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "session_not_found",
            "No such session",
            "There is none by this id among those that you may read.",
        )
    }

    /// The record cannot be read for now.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "record_unavailable",
            "The audit record cannot be read",
            "Try again in a moment.",
        )
    }
}
