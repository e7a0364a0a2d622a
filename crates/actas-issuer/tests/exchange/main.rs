//! Token exchange (RFC 8693): what is asked, and what is answered.

mod answers;
mod support;
mod tokens;
mod wild;
