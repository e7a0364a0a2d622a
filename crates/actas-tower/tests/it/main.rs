//! The tower services as an application sees them. What all adapters share is tested across them elsewhere.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod support;
mod sink;

mod audit;
mod contract;
mod extensions;
mod guards;
mod responses;
mod spans;

#[cfg(feature = "axum")]
mod audit_axum;
#[cfg(feature = "axum")]
mod cors;
#[cfg(feature = "axum")]
mod extractors;
#[cfg(feature = "axum")]
mod routes;
