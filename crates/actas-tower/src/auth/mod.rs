//! Authentication: a session token comes in, [`Auth`](actas_core::Auth) is in the request's extensions.
//!
//! Whatever `Auth` an outer layer left in the extensions is removed; the one that the inner service finds there is
//! the verifier's. What is refused never reaches the inner service, and is answered as core's table says: 400, 401, 403
//! or 503 with a problem body, for gRPC with a `grpc-status`.
//!
//! Every response carries `Vary: Authorization, Cookie`, merged into the `Vary` it had. A response to an impersonated
//! request carries `Cache-Control: private, no-store` in place of whatever the application set, there and in `CDN-Cache-Control` and
//! its like.
//!
//! # The record
//!
//! Where the verifier [has an audit sink](actas_core::VerifierBuilder::with_audit), an impersonated request waits here until it
//! is written down, and one that cannot be is refused with 503; a direct request does not wait. The record ends with the
//! response: *completed* when its body was sent to the end, *aborted* when the inner service failed or panicked, or the body was
//! dropped before, as it is when a client hangs up. An upgrade, such as a WebSocket's, is complete with its 101.
//!
//! The record names the route by its template, with the feature `axum` and where the layer stands inside axum's router
//! (`Router::layer`). Around the whole router, and outside axum, there is none: an audited application uses `Router::layer`.
//!
//! Under two layers, optional around the application and required inside, a request is recorded once: where both verify the same
//! session, the inner one goes on in the record that the outer one opened, with its route, and in its sink alone.
//!
//! A client's address is recorded where the verifier
//! [is told which proxies to trust](actas_core::VerifierBuilder::with_trusted_proxies), and the connection's is known: with the
//! feature `axum`, in an application that is served with `into_make_service_with_connect_info::<SocketAddr>()`.
//!
//! # Traces
//!
//! All that an impersonated request does, its body too, stands in a `tracing` span, recorded or not:
//! [`Auth::span`](actas_core::Auth::span) says what it tells. A direct request has none.
//!
//! # Example
//!
//! By default, a request without credential is refused:
//!
//! ```
//! use std::convert::Infallible;
//!
//! use actas_core::{Auth, Verifier};
//! use actas_tower::AuthLayer;
//! use http::{Request, Response};
//! use tower::{Service, ServiceBuilder};
//!
//! async fn me<B>(request: Request<B>) -> Result<Response<String>, Infallible> {
//!     let Some(auth) = request.extensions().get::<Auth>() else {
//!         unreachable!("the layer refuses a request without credential");
//!     };
//!     let who = match &auth.actor {
//!         Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
//!         None => auth.user_id.to_string(),
//!     };
//!     Ok(Response::new(who))
//! }
//!
//! fn service(verifier: Verifier) -> impl Service<Request<String>> {
//!     ServiceBuilder::new().layer(AuthLayer::new(verifier)).service_fn(me)
//! }
//! ```
//!
//! Configured: a request without credential goes on as signed out, and browsers of another origin may call. CORS stands
//! **outside** the layer: a preflight carries no credential and would be refused, and a refusal needs the CORS headers too,
//! or the calling page cannot read it.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use actas_core::{Auth, Verifier};
//! use actas_tower::AuthLayer;
//! use http::{HeaderValue, Method, Request, Response, header};
//! use tower::{Service, ServiceBuilder};
//! use tower_http::cors::CorsLayer;
//!
//! async fn greet<B>(request: Request<B>) -> Result<Response<String>, Infallible> {
//!     let greeting = match request.extensions().get::<Auth>() {
//!         Some(auth) => format!("hello, {}", auth.user_id),
//!         None => "hello".to_owned(),
//!     };
//!     Ok(Response::new(greeting))
//! }
//!
//! fn service(verifier: Verifier) -> impl Service<Request<String>> {
//!     let cors = CorsLayer::new()
//!         .allow_origin(HeaderValue::from_static("https://app.example.com"))
//!         .allow_methods([Method::GET, Method::POST])
//!         .allow_headers([header::AUTHORIZATION]);
//!
//!     ServiceBuilder::new()
//!         .layer(cors)
//!         .layer(AuthLayer::new(verifier).optional())
//!         .service_fn(greet)
//! }
//! ```

mod response;
mod authenticator;
mod future;
mod service;
mod layer;

pub use self::future::ResponseFuture;
pub use self::layer::AuthLayer;
pub use self::service::AuthService;
