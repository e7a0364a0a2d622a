//! What the examples need beside themselves: an issuer to stand in for the real one, and for their tests a clock that can
//! be moved and a client.

mod issuer;
mod address;
#[cfg(feature = "testing")]
mod clock;
#[cfg(feature = "testing")]
mod client;

pub use address::{address, announce};
#[cfg(feature = "testing")]
pub use client::{Answer, post_form, send};
#[cfg(feature = "testing")]
pub use clock::TokioClock;
pub use issuer::{Issuer, Tokens};
