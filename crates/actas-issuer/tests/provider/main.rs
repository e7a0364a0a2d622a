//! Starting impersonation at a provider, against a stand-in for Clerk's Backend API.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod support;

mod end;
mod refusals;
mod secrets;
mod settings;
mod start;
