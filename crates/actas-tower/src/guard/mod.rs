//! Guards: what an impersonated request may do.
//!
//! A guard stands on a route or a whole service, inside an [`AuthLayer`](crate::AuthLayer), and reads what that layer left in
//! the request's extensions. It fails closed: without credential it answers 401, without the layer 500 and a line in the
//! log. It never lets through what it cannot judge.
//!
//! # Example
//!
//! By default, any actor is denied:
//!
//! ```
//! use std::convert::Infallible;
//!
//! use actas_core::Verifier;
//! use actas_tower::{AuthLayer, deny_when_impersonated};
//! use http::{Request, Response};
//! use tower::{Service, ServiceBuilder};
//!
//! async fn change_password<B>(_: Request<B>) -> Result<Response<String>, Infallible> {
//!     Ok(Response::new("changed".to_owned()))
//! }
//!
//! fn service(verifier: Verifier) -> impl Service<Request<String>> {
//!     ServiceBuilder::new()
//!         .layer(AuthLayer::new(verifier))
//!         .layer(deny_when_impersonated())
//!         .service_fn(change_password)
//! }
//! ```
//!
//! Configured: support may look, and its agents may act as well.
//!
//! ```
//! # use std::convert::Infallible;
//! #
//! # use actas_core::Verifier;
//! # use http::{Request, Response};
//! # use tower::{Service, ServiceBuilder};
//! #
//! # async fn shop<B>(_: Request<B>) -> Result<Response<String>, Infallible> {
//! #     Ok(Response::new("shop".to_owned()))
//! # }
//! #
//! use actas_tower::{AuthLayer, read_only_when_impersonated};
//!
//! fn service(verifier: Verifier) -> impl Service<Request<String>> {
//!     ServiceBuilder::new()
//!         .layer(AuthLayer::new(verifier))
//!         .layer(read_only_when_impersonated().allow_agents())
//!         .service_fn(shop)
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
