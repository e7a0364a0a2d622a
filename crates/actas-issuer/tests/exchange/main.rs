//! Token exchange (RFC 8693): what is asked, and what is answered.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

// The cluster of the record's tests: a crate for one file would be one more to publish or to leave out.
#[expect(dead_code, reason = "the record's tests crash it, too")]
#[path = "../../../actas-audit/tests/store/postgres.rs"]
mod postgres;
#[path = "../provider/support/log.rs"]
mod log;
mod support;
mod settings;
mod answers;
mod tokens;
mod starts;
mod wild;
