//! How requests are refused, for the description of the routes.

use utoipa::IntoResponses;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{ContentBuilder, ResponseBuilder, Type};

use crate::wire::{Responses, described, header, one, problem};

/// Where a session is needed.
pub(super) struct Refusals;

/// Where a body is read.
pub(super) struct WithBody;

/// Where the databases are needed.
pub(super) struct OfRecord;

/// Where nobody may act who is impersonated, and nothing else stands against it.
pub(super) struct WhileActing;

/// Where a user does something in person.
pub(super) struct InPerson;

/// Where something starts.
pub(super) struct AboutStart;

/// Where something is approved.
pub(super) struct AboutApproval;

/// Where a ticket is redeemed.
pub(super) struct AboutTicket;

/// Where something is revoked.
pub(super) struct AboutRevocation;

/// Where only the site that asks is judged.
pub(super) struct FromElsewhere;

/// Where the keys are published.
pub(super) struct OfKeys;

/// What the token endpoint answers (RFC 8693 §2.2).
pub(super) struct TokenAnswers;

const FROM_ELSEWHERE: &str = "the request comes from another site (`cross_site`)";
const STOP_FIRST: &str = "The caller acts as another user (`stop_impersonation_first`)";

impl IntoResponses for Refusals {
    fn responses() -> Responses {
        let signed_out = problem(
            "No session (`missing_credential`), or one that does not hold (`invalid_token`, `session_pending`, \
            `impersonation_ended`, `actor_mismatch`).",
        );
        let challenge = header("How to authenticate.", Type::String);
        let doubled = problem(
            "The request carries more than one credential (`invalid_request`), or what it asks for is not as it must be \
            (`invalid_parameter`, with its name in `parameter` where it is one).",
        );
        described([
            ("400", doubled),
            ("401", signed_out.header("www-authenticate", challenge)),
        ])
    }
}

impl IntoResponses for WithBody {
    fn responses() -> Responses {
        described([
            (
                "413",
                problem("The body is larger than 16 KiB (`body_too_large`)."),
            ),
            (
                "415",
                problem("The body is neither JSON nor a form (`unsupported_media_type`)."),
            ),
        ])
    }
}

impl IntoResponses for OfRecord {
    fn responses() -> Responses {
        let unavailable = problem(
            "A database, the policy or the keys cannot be had for now (`impersonation_unavailable`), or the session cannot be \
            verified or recorded (`keys_unavailable`, `clock_unavailable`, `audit_unavailable`).",
        );
        one("503", later(unavailable))
    }
}

impl IntoResponses for WhileActing {
    fn responses() -> Responses {
        refused("The request is not allowed", None)
    }
}

impl IntoResponses for InPerson {
    fn responses() -> Responses {
        let denied =
            format!("Somebody acts as the caller (`impersonation_denied`), or {FROM_ELSEWHERE}.");
        one("403", problem(&denied))
    }
}

impl IntoResponses for AboutStart {
    fn responses() -> Responses {
        let mut responses = refused(
            "There is no such user, or the caller may not act as them (`start_refused`), the user has not agreed \
            (`consent_required`), the caller's sign-in is too old (`sign_in_too_old`)",
            Some(
                "another impersonation of theirs runs (`too_many_sessions`), or what is collected is not approved \
                (`not_approved`)",
            ),
        );
        let too_many = later(problem(
            "The caller has started too often within an hour (`too_many_starts`).",
        ));
        responses.extend(one("429", too_many));
        responses
    }
}

impl IntoResponses for AboutApproval {
    fn responses() -> Responses {
        refused(
            "There is no such start, or the caller may not approve it (`approval_refused`)",
            Some("it does not wait any longer (`not_pending`)"),
        )
    }
}

impl IntoResponses for AboutTicket {
    fn responses() -> Responses {
        refused(
            "The ticket is unknown, used or too old, or was made for another caller or browser (`ticket_refused`)",
            None,
        )
    }
}

impl IntoResponses for AboutRevocation {
    fn responses() -> Responses {
        refused("The caller may not revoke it (`revocation_refused`)", None)
    }
}

impl IntoResponses for FromElsewhere {
    fn responses() -> Responses {
        one(
            "403",
            problem("The request comes from another site (`cross_site`): nothing was stopped."),
        )
    }
}

impl IntoResponses for OfKeys {
    fn responses() -> Responses {
        one(
            "503",
            later(problem(
                "The keys cannot be read for now (`keys_unavailable`).",
            )),
        )
    }
}

impl IntoResponses for TokenAnswers {
    fn responses() -> Responses {
        let issued = &["access_token", "issued_token_type", "token_type"][..];
        let refused = &["error", "error_description"][..];
        let challenge = header("How a client authenticates.", Type::String);
        let answer = |description: &str, texts: &[&str], number: Option<&str>| {
            let mut object = ObjectBuilder::new();
            for name in texts {
                let text = ObjectBuilder::new().schema_type(Type::String);
                object = object.property(*name, text).required(*name);
            }
            if let Some(name) = number {
                let number = ObjectBuilder::new().schema_type(Type::Integer);
                object = object.property(name, number).required(name);
            }
            let content = ContentBuilder::new().schema(Some(object.build()));
            ResponseBuilder::new()
                .description(description)
                .content("application/json", content.build())
        };
        described([
            (
                "200",
                answer("A session token.", issued, Some("expires_in")),
            ),
            (
                "400",
                answer(
                    "An error of RFC 6749 §5.2 or RFC 8693 §2.2.2.",
                    refused,
                    None,
                ),
            ),
            (
                "401",
                answer(
                    "The client does not authenticate (`invalid_client`).",
                    refused,
                    None,
                )
                .header("www-authenticate", challenge),
            ),
            (
                "413",
                ResponseBuilder::new().description("The form is larger than 64 KiB."),
            ),
            (
                "429",
                later(answer("The actor starts too often.", refused, None)),
            ),
            (
                "500",
                answer(
                    "The token could not be made (`server_error`).",
                    refused,
                    None,
                ),
            ),
            (
                "503",
                later(answer(
                    "It is not possible for now (`temporarily_unavailable`).",
                    refused,
                    None,
                )),
            ),
        ])
    }
}

/// 403 and 409.
fn refused(forbidden: &str, conflict: Option<&str>) -> Responses {
    let forbidden = format!("{forbidden}, or {FROM_ELSEWHERE}.");
    let conflict = match conflict {
        Some(conflict) => format!("{STOP_FIRST}, {conflict}."),
        None => format!("{STOP_FIRST}."),
    };
    described([("403", problem(&forbidden)), ("409", problem(&conflict))])
}

fn later(response: ResponseBuilder) -> ResponseBuilder {
    response.header("retry-after", header("Seconds to wait.", Type::Integer))
}
