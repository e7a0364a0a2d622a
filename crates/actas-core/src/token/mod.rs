//! From the bytes of a request to the parts of a token.

pub(crate) mod source;
pub(crate) mod compact;
pub(crate) mod header;

pub use source::IMPERSONATION_COOKIE;
