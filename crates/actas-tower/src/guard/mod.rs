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
//!
//! # One service of a tonic server
//!
//! [`AuthLayer`](crate::AuthLayer) stands around the whole server, by `Server::builder().layer(…)`. A guard stands around one of
//! its services by tonic's `LayerExt::named_layer`, which keeps the name that tonic routes by. All of the service's RPCs are
//! guarded; what only some of them must not do takes a [`Direct`](actas_core::Direct).
//!
//! ```
//! use actas_tower::sensitive;
//! use tonic::service::{LayerExt, Routes};
//! # use std::convert::Infallible;
//! # use std::task::{Context, Poll};
//! # use tonic::body::Body;
//! #
//! # struct Account;
//! #
//! # struct Keys;
//! #
//! # type AccountServer = Named<0>;
//! #
//! # type KeysServer = Named<1>;
//! #
//! # #[derive(Clone)]
//! # struct Named<const SERVICE: usize>;
//! #
//! # impl<const SERVICE: usize> Named<SERVICE> {
//! #     fn new<T>(_: T) -> Self {
//! #         Self
//! #     }
//! # }
//! #
//! # impl<const SERVICE: usize> tonic::server::NamedService for Named<SERVICE> {
//! #     const NAME: &'static str = ["shop.Account", "shop.Keys"][SERVICE];
//! # }
//! #
//! # impl<const SERVICE: usize> tower::Service<http::Request<Body>> for Named<SERVICE> {
//! #     type Response = http::Response<Body>;
//! #     type Error = Infallible;
//! #     type Future = std::future::Ready<Result<Self::Response, Infallible>>;
//! #
//! #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
//! #         Poll::Ready(Ok(()))
//! #     }
//! #
//! #     fn call(&mut self, _: http::Request<Body>) -> Self::Future {
//! #         std::future::ready(Ok(http::Response::new(Body::empty())))
//! #     }
//! # }
//!
//! /// `AccountServer` and `KeysServer` are what tonic generates.
//! fn routes() -> Routes {
//!     Routes::new(AccountServer::new(Account))
//!         .add_service(sensitive().named_layer(KeysServer::new(Keys)))
//! }
//! # routes();
//! ```

mod future;
mod service;
mod layer;

pub use self::future::ResponseFuture;
pub use self::layer::{
    GuardLayer, deny_when_impersonated, read_only_when_impersonated, require_auth, sensitive,
};
pub use self::service::GuardService;
