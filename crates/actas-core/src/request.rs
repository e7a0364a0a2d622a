//! The seam to the framework: what core reads of a request.

use std::net::IpAddr;

/// The head of a request, as far as authentication reads it.
///
/// Core names no `http` type, because actix-web 4 uses `http` 0.2 and tower, axum and tonic use `http` 1.
pub trait RequestHead {
    /// The method, in the spelling of RFC 9110: `GET`, `POST`, …
    fn method(&self) -> &str;

    /// The path and the query of the request's target, as sent: `/cart?item=7`.
    ///
    /// Empty where the target has neither, as with `CONNECT`.
    fn target(&self) -> &str;

    /// The values of every field line of the header `name` (lower case), in the order received.
    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]>;

    /// The authority (`host` or `host:port`) of the request's target, where the target has one, as in HTTP/2.
    ///
    /// Otherwise the `Host` header is read.
    fn authority(&self) -> Option<&str>;

    /// The address at the other end of the connection, where it is known: the client's, or that of the last proxy.
    ///
    /// By default, it is not.
    fn peer(&self) -> Option<IpAddr> {
        None
    }
}
