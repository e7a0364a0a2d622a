//! A token endpoint with two clients, and what asks it.

mod ask;
mod endpoint;

pub(crate) use ask::{ACCESS_TOKEN, Answer, Ask, GRANT, ID_TOKEN, JWT};
pub(crate) use endpoint::Endpoint;
