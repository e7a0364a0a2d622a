//! Layers for every service of `http` 1: hyper, tonic, and whatever else is built on tower.
//!
//! [`AuthLayer`] puts an [`Auth`](crate::Auth) into the request's extensions; the guards stand inside it. A gRPC
//! request is refused the gRPC way, with `grpc-status` and a message.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use actas::tower::{AuthLayer, deny_when_impersonated};
//! use actas::{Auth, Verifier};
//! use http::{Request, Response};
//! use tower::{Service, ServiceBuilder};
//!
//! async fn change_password<B>(request: Request<B>) -> Result<Response<String>, Infallible> {
//!     let user = request.extensions().get::<Auth>().map(|auth| auth.user_id.clone());
//!     Ok(Response::new(format!("changed the password of {user:?}")))
//! }
//!
//! fn service(verifier: Verifier) -> impl Service<Request<String>> {
//!     ServiceBuilder::new()
//!         .layer(AuthLayer::new(verifier))
//!         .layer(deny_when_impersonated())
//!         .service_fn(change_password)
//! }
//! ```

pub use actas_tower::*;
