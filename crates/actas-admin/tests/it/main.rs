//! What is served, asked over sockets.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod support;
mod bridge;
mod description;
mod list;
mod scope;
