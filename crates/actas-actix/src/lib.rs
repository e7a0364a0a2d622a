//! Sees and denies user impersonation in [actix-web] 4 applications.
//!
//! [`AuthLayer`] verifies the session token of each request and puts core's [`Auth`](actas_core::Auth) into the request's
//! extensions: `auth.user_id` is the user, and `auth.actor` is `Some` exactly when somebody else is at the keyboard.
//! [`deny_when_impersonated`], [`read_only_when_impersonated`] and [`sensitive`] limit what such a request may do.
//!
//! # Example
//!
//! ```
//! use actas_actix::{Auth, AuthLayer, Direct, deny_when_impersonated};
//! use actas_core::{ConfigError, StaticKeys, Verifier};
//! use actix_web::web;
//!
//! async fn me(auth: Auth) -> String {
//!     match &auth.actor {
//!         Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
//!         None => auth.user_id.to_string(),
//!     }
//! }
//!
//! async fn change_password() -> &'static str {
//!     // Nobody acts for this user: the guard let the request through.
//!     "changed"
//! }
//!
//! async fn delete_account(who: Direct) -> String {
//!     // The extractor refuses an impersonated session, too, and hands on the proof.
//!     format!("deleted {}", who.user_id)
//! }
//!
//! /// Both are the application's settings at Clerk: `CLERK_PUBLISHABLE_KEY` and `CLERK_JWT_KEY`.
//! fn verifier(publishable_key: &str, jwt_key: &str) -> Result<Verifier, ConfigError> {
//!     Verifier::clerk(publishable_key)?
//!         .with_keys(StaticKeys::from_pem(jwt_key)?)
//!         .with_authorized_parties(["https://app.example.com"])
//!         .build()
//! }
//!
//! fn configure(verifier: Verifier) -> impl FnOnce(&mut web::ServiceConfig) {
//!     |config| {
//!         config.service(
//!             web::scope("/api")
//!                 .route("/me", web::get().to(me))
//!                 .route("/password", web::post().to(change_password).wrap(deny_when_impersonated()))
//!                 .route("/account", web::delete().to(delete_account))
//!                 .wrap(AuthLayer::new(verifier)),
//!         );
//!     }
//! }
//! ```
//!
//! The verifier is built once, before `HttpServer::new`, and cloned into each worker's app: clones share everything.
//!
//! # Order
//!
//! What is wrapped last is outermost. Guards are wrapped before [`AuthLayer`]; a guard outside it answers 500. `Cors`,
//! `Logger` and `ErrorHandlers` are wrapped after it, and act on its refusals, which are responses and not errors.
//!
//! Middleware that rewrites the path, such as `NormalizePath`, is wrapped after a guard of the whole app that has
//! [exceptions](GuardLayer::except): the guard goes by the path that it sees, and excepts nothing that it does not recognise.
//!
//! # Where to stand
//!
//! | where | what it adds to a request | what it lacks |
//! |---|---|---|
//! | `App::wrap(AuthLayer)`, around the whole app | a look-up of the token, the session in the extensions, two headers of the response | the route is not known yet where a guard of the whole app stands: it goes by the path, see [`guard`]; audit records name no route |
//! | `AuthLayer` around a scope | the same | as around the app, and the routes outside of it have no session: there, guards and extractors answer 500 |
//! | `AuthLayer` around a resource or a route | the same, and the route's pattern in the audit record | the routes outside of it have no session: there, guards and extractors answer 500 |
//! | the extractor [`Verified`], without any layer | the look-up alone | guards, response headers, the audit record and more: see there |
//!
//! # Where to read on
//!
//! | module | |
//! |---|---|
//! | [`auth`] | the layer: what it answers, CORS |
//! | [`guard`] | guards for a route, a resource, a scope, an app |
//! | [`extract`] | extractors; responses that end with their session |
//! | [`routes`] | the list of routes without a decision about impersonation |
//!
//! [actix-web]: https://docs.rs/actix-web

mod head;
mod trail;
mod body;
mod reply;
pub mod auth;
pub mod guard;
pub mod extract;
pub mod routes;

pub use self::auth::{AuthLayer, AuthService};
pub use self::body::ResponseBody;
pub use self::extract::{Auth, Direct, OptionalAuth, Rejection, Verified};
pub use self::guard::{
    GuardLayer, GuardService, deny_when_impersonated, read_only_when_impersonated, require_auth,
    sensitive,
};
pub use self::head::Head;
