//! The list of impersonated sessions over HTTP.

#[cfg(feature = "actix")]
pub mod actix;
