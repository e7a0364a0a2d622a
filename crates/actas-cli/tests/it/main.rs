//! The command itself, as it is run from a shell.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod command;
#[expect(dead_code, reason = "the record's tests use the rest of it")]
#[path = "../../../actas-audit/tests/store/issuer.rs"]
mod issuer;
#[expect(dead_code, reason = "the verifier's tests use the rest of it")]
#[path = "../../../actas-audit/tests/it/support/log.rs"]
mod log;

mod signer;
mod database;
mod keys;
mod memory;
mod progress;
mod token;
mod token_keys;
mod token_profiles;
mod token_secrets;
mod usage;
mod verify;
