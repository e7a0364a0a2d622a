//! Whole records: written as a store writes them, and judged.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod support;

mod export;
mod file;
mod forgery;
mod mutation;
mod receipt;
mod vectors;
mod verify;
