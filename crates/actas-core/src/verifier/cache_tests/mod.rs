//! The rules of the cache of verified tokens, through the verifier, in both of its modes.

mod doubles;
mod hits;
mod times;
mod rotation;
mod refused;
mod flood;
mod several;
mod headers;

pub(super) use doubles::{MovableClock, MovableKeys, key_set};
