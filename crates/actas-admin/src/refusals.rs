//! How requests are refused, for the description of the routes.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
    schema::ObjectBuilder,
};

/// Where parameters are read.
pub(crate) struct WithParameters;

/// Where one session is asked for.
pub(crate) struct WithSession;

/// Everywhere.
pub(crate) struct Refusals;

type Responses = BTreeMap<String, RefOr<Response>>;

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
        [
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
        ]
        .into_iter()
        .flat_map(|(status, response)| one(status, response))
        .collect()
    }
}

fn one(status: &str, response: ResponseBuilder) -> Responses {
    Responses::from([(status.to_owned(), RefOr::T(response.build()))])
}

fn problem(description: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content.build())
}

fn header(description: &str, of: Type) -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(of).build()))
        .build()
}
