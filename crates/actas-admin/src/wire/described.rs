//! What the descriptions of the routes have in common.

use std::collections::BTreeMap;

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response as Answer};
use utoipa::Modify;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Header, HeaderBuilder, OpenApi, Ref, RefOr, Response,
    ResponseBuilder, Server, Type,
};

use super::json;

/// Responses by their status.
pub(crate) type Responses = BTreeMap<String, RefOr<Response>>;

/// How a request says whose it is.
pub(crate) struct Credentials;

impl Modify for Credentials {
    fn modify(&self, description: &mut OpenApi) {
        let session = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The session token of the application's own users."));
        let components = description.components.take().unwrap_or_default();
        description.components = Some(
            ComponentsBuilder::from(components)
                .security_scheme("session", SecurityScheme::Http(session.build()))
                .build(),
        );
    }
}

/// Serves a description, which was asked for at `uri`, and lies at `path` below where its routes are mounted.
pub(crate) fn serve(mut description: OpenApi, uri: &Uri, path: &str) -> Answer {
    // Where the routes are mounted is known by where this one was asked for.
    let root = uri.path().strip_suffix(path).unwrap_or_default();
    description.servers = Some(vec![Server::new(if root.is_empty() { "/" } else { root })]);
    match json::response(StatusCode::OK, "application/json", &description) {
        Ok(response) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// These responses, by their status.
pub(crate) fn described(
    responses: impl IntoIterator<Item = (&'static str, ResponseBuilder)>,
) -> Responses {
    let responses = responses.into_iter();
    responses
        .map(|(status, response)| (status.to_owned(), RefOr::T(response.build())))
        .collect()
}

/// One response.
pub(crate) fn one(status: &'static str, response: ResponseBuilder) -> Responses {
    described([(status, response)])
}

/// A response with a problem.
pub(crate) fn problem(description: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content.build())
}

/// A header of a response.
pub(crate) fn header(description: &str, of: Type) -> Header {
    HeaderBuilder::new()
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(of).build()))
        .build()
}
