//! `actas serve` as it is run: processes, sockets on loopback, and a PostgreSQL cluster of the tests' own. Where that is not installed
//! its tests say so and pass, but fail with `CI=true`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

#[path = "../../../actas-audit/tests/store/postgres.rs"]
#[expect(dead_code, reason = "the record's own tests ask more of it")]
mod postgres;

mod line;
mod application;
mod process;
mod browser;
mod settings;
mod life;
mod readiness;
mod issuer_nodes;
