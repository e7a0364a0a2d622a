use super::{actors, acts, cookies, credentials, guards, impersonation, tokens};
use crate::scenario::Scenario;

/// Every request, with what every framework must answer.
#[must_use]
pub fn scenarios() -> Vec<Scenario> {
    [
        actors::scenarios(),
        acts::scenarios(),
        tokens::scenarios(),
        credentials::scenarios(),
        cookies::scenarios(),
        impersonation::scenarios(),
        guards::scenarios(),
    ]
    .concat()
}
