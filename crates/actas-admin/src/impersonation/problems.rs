//! What is refused.

use actas_issuer::{ApproveError, RedeemError, RevokeError, StartError, Unavailable};
use axum::http::StatusCode;

use crate::wire::Problem;

/// What a ticket has to be.
const TICKET: &str = "1 to 128 characters without control characters";
/// What a reason has to be. The bounds are the application's.
const REASON: &str = "as long as the application asks, 10 to 500 characters unless it sets others, without control characters";

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Reason => Self::parameter("reason", REASON),
            StartError::Ticket => Self::parameter("ticket", TICKET),
            StartError::MaxDuration => Self::parameter("max_duration", "a second at least"),
            StartError::TooLarge => Self::parameter(
                "reason",
                "shorter: the session token would outgrow its cookie",
            ),
            StartError::NotFresh => forbidden(
                "sign_in_too_old",
                "Your sign-in is too old",
                "Sign in anew, and try again.",
            ),
            StartError::Refused => forbidden(
                "start_refused",
                "Not allowed",
                "This user does not exist, or you may not act as them.",
            ),
            StartError::NoConsent => forbidden(
                "consent_required",
                "The user has not agreed",
                "Ask the user to agree to being acted as.",
            ),
            StartError::TooManyStarts { retry_after } => {
                let mut problem = Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_starts",
                    "Too many impersonations",
                    "You have started too many of them within an hour.",
                );
                problem.retry_after = Some(retry_after);
                problem
            }
            StartError::TooManySessions => conflict(
                "too_many_sessions",
                "Another impersonation of yours runs",
                "Stop it, or wait until it has ended.",
            ),
            StartError::NotApproved => conflict(
                "not_approved",
                "Not approved",
                "It is not approved, was approved too long ago, or is not yours.",
            ),
            _ => unavailable(),
        }
    }
}

impl From<ApproveError> for Problem {
    fn from(error: ApproveError) -> Self {
        match error {
            ApproveError::Refused => forbidden(
                "approval_refused",
                "Not allowed",
                "There is no such start, or you may not approve it.",
            ),
            ApproveError::NotPending => conflict(
                "not_pending",
                "Nothing to approve",
                "It does not wait to be approved any longer.",
            ),
            _ => unavailable(),
        }
    }
}

impl From<RedeemError> for Problem {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Refused => forbidden(
                "ticket_refused",
                "The ticket is not good",
                "It is good once, for a minute at most, for you and in the browser that it was made for: start again.",
            ),
            _ => unavailable(),
        }
    }
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::Reason => Self::parameter("reason", REASON),
            RevokeError::Refused => forbidden(
                "revocation_refused",
                "Not allowed",
                "Ask whoever runs this application to revoke it.",
            ),
            _ => unavailable(),
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(_: Unavailable) -> Self {
        unavailable()
    }
}

fn forbidden(code: &'static str, title: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, code, title, detail)
}

fn conflict(code: &'static str, title: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, title, detail)
}

fn unavailable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "impersonation_unavailable",
        "Not possible for now",
        "Try again in a moment.",
    )
}
