//! The server that misbehaves on command, which the tests of `actas-jwks` brought.

#[path = "../../../crates/actas-jwks/tests/it/support/answer.rs"]
mod answer;
#[path = "../../../crates/actas-jwks/tests/it/support/ticks.rs"]
mod ticks;
#[path = "../../../crates/actas-jwks/tests/it/support/server.rs"]
mod server;

pub(crate) use answer::{Answer, Part};
pub(crate) use server::{Request, Server};
