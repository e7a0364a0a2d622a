//! Authentication: a session token comes in, [`Auth`](actas_core::Auth) is in the request's extensions.
//!
//! Whatever `Auth` an outer middleware left in the extensions is removed; the one that the inner service finds there
//! is the verifier's. What is refused never reaches the inner service, and is answered as core's table says: 400, 401, 403
//! or 503 with a problem body, for gRPC with a `grpc-status`. A refusal is a response, not an error, so that the middleware
//! outside (`Cors`, `Logger`, `ErrorHandlers`) acts on it.
//!
//! Every response carries `Vary: Authorization, Cookie`, merged into the `Vary` it had. A response to an impersonated
//! request carries `Cache-Control: private, no-store` in place of whatever the application set, there and in `CDN-Cache-Control` and
//! its like. The response that an inner middleware's error turns into carries both as well.
//!
//! # The record
//!
//! Where the verifier [has an audit sink](actas_core::VerifierBuilder::with_audit), an impersonated request waits here until it
//! is written down, and one that cannot be is refused with 503; a direct request does not wait. The record ends with the
//! response: *completed* when its body was sent to the end, *aborted* when a handler panicked or the body was dropped before, as
//! it is when a client hangs up. An upgrade, such as a WebSocket's, is complete with its 101. An inner middleware's error
//! counts as the response that it turns into.
//!
//! The record names the route by its pattern: from the beginning where the layer is wrapped around a resource or a route. Around
//! an app or a scope the router has not chosen yet when the request is written down, and the outcome names it, unless an error
//! took the place of the response.
//!
//! Under two layers, optional around the application and required inside, a request is recorded once: where both verify the same
//! session, the inner one goes on in the record that the outer one opened, with its route, and in its sink alone.
//!
//! A client's address is recorded where the verifier
//! [is told which proxies to trust](actas_core::VerifierBuilder::with_trusted_proxies).
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
//! use actas_actix::{Auth, AuthLayer};
//! use actas_core::Verifier;
//! use actix_web::dev::{ServiceFactory, ServiceRequest};
//! use actix_web::{App, web};
//!
//! async fn me(auth: Auth) -> String {
//!     match &auth.actor {
//!         Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
//!         None => auth.user_id.to_string(),
//!     }
//! }
//!
//! fn app(verifier: Verifier) -> App<impl ServiceFactory<ServiceRequest, Config = ()>> {
//!     App::new()
//!         .route("/me", web::get().to(me))
//!         .wrap(AuthLayer::new(verifier))
//! }
//! ```
//!
//! Configured: a request without credential goes on as signed out, and browsers of another origin may call. CORS stands
//! **outside** the layer, that is, it is wrapped last: a preflight carries no credential and would be refused, and a refusal
//! needs the CORS headers too, or the calling page cannot read it.
//!
//! ```
//! use actas_actix::{AuthLayer, OptionalAuth};
//! use actas_core::Verifier;
//! use actix_cors::Cors;
//! use actix_web::dev::{ServiceFactory, ServiceRequest};
//! use actix_web::http::header;
//! use actix_web::{App, web};
//!
//! async fn greet(OptionalAuth(auth): OptionalAuth) -> String {
//!     match auth {
//!         Some(auth) => format!("hello, {}", auth.user_id),
//!         None => "hello".to_owned(),
//!     }
//! }
//!
//! fn app(verifier: Verifier) -> App<impl ServiceFactory<ServiceRequest, Config = ()>> {
//!     let cors = Cors::default()
//!         .allowed_origin("https://app.example.com")
//!         .allowed_methods(["GET", "POST"])
//!         .allowed_header(header::AUTHORIZATION);
//!
//!     App::new()
//!         .route("/greet", web::get().to(greet))
//!         .wrap(AuthLayer::new(verifier).optional())
//!         .wrap(cors)
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
