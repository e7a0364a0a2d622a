//! Tokens minted here, judged by core; and key files in the hands of real processes.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod support;

mod ephemeral;
mod key;
mod key_file;
mod key_set;
mod mint;
mod processes;
mod secrets;
