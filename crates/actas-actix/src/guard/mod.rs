//! Guards: what an impersonated request may do.
//!
//! A guard stands on a route, a resource, a scope or a whole app, inside an [`AuthLayer`](crate::AuthLayer), and reads what
//! that layer left in the request's extensions. It fails closed: without credential it answers 401, without the layer 500
//! and a line in the log. It never lets through what it cannot judge.
//!
//! # Example
//!
//! By default, any actor is denied:
//!
//! ```
//! use actas_actix::{AuthLayer, deny_when_impersonated};
//! use actas_core::Verifier;
//! use actix_web::dev::{ServiceFactory, ServiceRequest};
//! use actix_web::{App, web};
//!
//! async fn change_password() -> &'static str {
//!     "changed"
//! }
//!
//! fn app(verifier: Verifier) -> App<impl ServiceFactory<ServiceRequest, Config = ()>> {
//!     App::new()
//!         .route("/password", web::post().to(change_password).wrap(deny_when_impersonated()))
//!         .wrap(AuthLayer::new(verifier))
//! }
//! ```
//!
//! Configured: support may look and search, and its agents may act as well. What is wrapped last is outermost, so the
//! layer comes after the guard.
//!
//! ```
//! # use actas_core::Verifier;
//! # use actix_web::dev::{ServiceFactory, ServiceRequest};
//! # use actix_web::{App, web};
//! #
//! # async fn shop() -> &'static str {
//! #     "shop"
//! # }
//! #
//! use actas_actix::{AuthLayer, read_only_when_impersonated};
//!
//! fn app(verifier: Verifier) -> App<impl ServiceFactory<ServiceRequest, Config = ()>> {
//!     let read_only = || read_only_when_impersonated().allow_agents();
//!     let search = read_only().except("POST", "/search/{index}");
//!
//!     App::new()
//!         .service(web::resource("/search/{index}").to(shop).wrap(search))
//!         .service(web::resource("/cart").to(shop).wrap(read_only()))
//!         .wrap(AuthLayer::new(verifier))
//! }
//! ```

mod future;
mod service;
mod layer;

pub use self::future::ResponseFuture;
pub use self::layer::{
    GuardLayer, deny_when_impersonated, read_only_when_impersonated, require_auth, sensitive,
};
pub use self::service::GuardService;
