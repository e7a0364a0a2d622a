//! What the tests of the whole family share: clocks, an issuer, the list of scenarios, and one server for each framework.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed, in a helper as well"
)]

mod clock;
mod signer;
mod token;
mod clerk;
mod own_issuer;
mod http1;
mod grpc;
mod scenario;
mod scenarios;
mod servers;
mod app;

pub use app::App;
pub use clerk::{APP, COOKIE, ISSUER, NOW, SUFFIXED_COOKIE, verifier};
pub use clock::{FixedClock, SetClock, TokioClock};
pub use http1::{Answer, Client};
pub use scenario::{Expected, OverGrpc, Scenario};
pub use scenarios::scenarios;
pub use servers::{Framework, Server};
pub use signer::Signer;
pub use token::Token;
