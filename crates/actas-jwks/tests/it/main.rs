//! `RemoteKeys` against a server on loopback that does as it is told.
//!
//! Each test says what requests saw and how many fetches the server counted. Time is moved by hand.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod support;

mod caches;
mod cold;
mod discovery;
mod outage;
mod redirects;
mod rotation;
mod runtimes;
mod secrets;
mod telemetry;
mod tls;
mod wire;
