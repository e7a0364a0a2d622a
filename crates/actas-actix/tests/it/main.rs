//! The adapter behind actix-web's own test service.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, in a helper as well"
)]

mod support;
mod sink;

mod audit;
mod audit_server;
mod auth;
mod extractors;
mod guards;
mod middleware;
mod routes;
mod spans;
mod waiting;
