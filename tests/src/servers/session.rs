use actas::Auth;
use serde_json::{Value, json};

/// `Cache-Control` that the application sets on `/cached`.
pub(super) const CACHED: &str = "public, max-age=600";

/// What a handler answers: the session it saw.
pub(super) fn seen(auth: Option<&Auth>) -> Value {
    json!({
        "user_id": auth.map(|auth| &auth.user_id),
        "actor": auth.map(|auth| &auth.actor),
    })
}

/// The actors that `/support` lets through.
pub(super) fn is_from_dashboard(actor: &actas::Actor) -> bool {
    &*actor.issuer == "https://dashboard.clerk.com"
}
