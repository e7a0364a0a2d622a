//! How requests are refused, for the description of the routes.

use utoipa::IntoResponses;
use utoipa::openapi::Type;

use crate::wire::{Responses, described, header, one, problem};

/// Where parameters are read.
pub(crate) struct WithParameters;

/// Where one session is asked for.
pub(crate) struct WithSession;

/// Everywhere.
pub(crate) struct Refusals;

impl IntoResponses for WithParameters {
    fn responses() -> Responses {
        let description = "A parameter is not as it must be (`invalid_parameter`, with its name in `parameter`), or the \
            request carries more than one credential (`invalid_request`).";
        one("400", problem(description))
    }
}

impl IntoResponses for WithSession {
    fn responses() -> Responses {
        let description =
            "There is no such session among those that the caller may read (`session_not_found`).";
        one("404", problem(description))
    }
}

impl IntoResponses for Refusals {
    fn responses() -> Responses {
        let signed_out = problem(
            "No session (`missing_credential`), or one that does not hold (`invalid_token`, `session_pending`, \
            `impersonation_ended`, `actor_mismatch`).",
        );
        let denied = problem(
            "Somebody acts as the caller (`impersonation_denied`), or the caller may not read the record \
            (`not_an_auditor`).",
        );
        let not_set_up = problem("No authentication layer surrounds this route (`missing_layer`).");
        let unavailable = problem(
            "The record cannot be read for now (`record_unavailable`), or the session cannot be verified or recorded \
            (`keys_unavailable`, `clock_unavailable`, `audit_unavailable`).",
        );
        described([
            (
                "401",
                signed_out.header(
                    "www-authenticate",
                    header("How to authenticate.", Type::String),
                ),
            ),
            ("403", denied),
            ("500", not_set_up),
            (
                "503",
                unavailable.header("retry-after", header("Seconds to wait.", Type::Integer)),
            ),
        ])
    }
}
