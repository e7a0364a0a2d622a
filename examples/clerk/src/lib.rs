//! A local stand-in of Clerk's frontend API: publishes keys over HTTPS, as `https://<frontend-api>/.well-known/jwks.json`
//! does, and signs the session tokens that go with them. Its keys are new with each start; nothing of it is a secret to keep.

mod key;
mod tokens;
mod stand_in;
mod tls;
mod server;

pub use server::serve;
pub use stand_in::StandIn;
pub use tls::Certificate;
pub use tokens::{FRONT_END, Tokens};
