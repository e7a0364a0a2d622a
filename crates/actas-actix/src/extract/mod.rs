//! Extractors: what a handler takes.
//!
//! The orphan rule keeps actix-web's trait off core's types, so each extractor is a type of its own around one of core's, to
//! which it derefs: `&direct` is a `&actas_core::Direct`.
//!
//! # A response that ends with its session
//!
//! A response that streams outlives the check at its start. `auth.ended()` resolves when the session ends:
//!
//! ```no_run
//! use std::convert::Infallible;
//! use std::time::Duration;
//!
//! use actas_actix::Auth;
//! use actix_web::http::header;
//! use actix_web::{HttpResponse, rt, web};
//! use futures_util::{StreamExt, stream};
//!
//! async fn events(auth: Auth) -> HttpResponse {
//!     let ticks = stream::repeat(()).then(|()| async {
//!         rt::time::sleep(Duration::from_secs(1)).await;
//!         Ok::<_, Infallible>(web::Bytes::from_static(b"data: tick\n\n"))
//!     });
//!
//!     HttpResponse::Ok()
//!         .insert_header((header::CONTENT_TYPE, "text/event-stream"))
//!         .streaming(ticks.take_until(Box::pin(auth.ended())))
//! }
//! # web::get().to(events);
//! ```

mod rejection;
mod session;
mod verified;

pub use self::rejection::Rejection;
pub use self::session::{Auth, Direct, OptionalAuth};
pub use self::verified::{Verified, VerifiedFuture};
