//! The routes, a file for each part of an impersonation's life.

mod start;
mod approve;
mod redeem;
mod stop;
mod revoke;
mod consent;
mod keys;
mod exchange;

pub(super) use self::approve::*;
pub(super) use self::consent::*;
pub(super) use self::exchange::*;
pub(super) use self::keys::*;
pub(super) use self::redeem::*;
pub(super) use self::revoke::*;
pub(super) use self::start::*;
pub(super) use self::stop::*;
