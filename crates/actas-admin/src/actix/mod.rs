//! A router of axum in an application of [actix-web] 4.
//!
//! # Example
//!
//! ```
//! use actas_actix::AuthLayer;
//! use actas_core::Verifier;
//! use actix_web::web;
//! use axum::Router;
//!
//! fn configure(verifier: Verifier, router: Router) -> impl FnOnce(&mut web::ServiceConfig) {
//!     |config| {
//!         let nested = actas_admin::actix::nest("/admin", router);
//!         config.service(nested.wrap(AuthLayer::new(verifier)));
//!     }
//! }
//! ```
//!
//! # What comes across
//!
//! | | |
//! |---|---|
//! | the path | without the prefix it is mounted under, as axum's `nest` hands it on; [`OriginalUri`](axum::extract::OriginalUri) has it whole |
//! | headers | each value, byte for byte |
//! | extensions | [`Auth`](actas_core::Auth) and [`SignedOut`](actas_core::SignedOut), which actas' extractors read; no other |
//! | bodies | streamed both ways. A chunk is read when the one before was taken; a reader that is gone ends its writer |
//! | a client that hangs up | drops the handler's future, or the body of its response |
//!
//! Trailers and upgrades do not come across: a WebSocket is actix-web's own to serve.
//!
//! [actix-web]: https://docs.rs/actix-web

mod upload;
mod request;
mod response;
mod nest;

pub use self::nest::nest;
