//! What a page asks: who is signed in, who acts as them, and the modules that say so there.

mod me;
mod modules;
mod router;

pub use self::router::Browser;
