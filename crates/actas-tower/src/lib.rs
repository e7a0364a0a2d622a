//! Sees and denies user impersonation in services that speak [`http`] 1: axum, hyper, tonic and other [tower] services.
//!
//! [`AuthLayer`] verifies the session token of each request and puts [`Auth`](actas_core::Auth) into the request's
//! extensions: `auth.user_id` is the user, and `auth.actor` is `Some` exactly when somebody else is at the keyboard.
//! [`deny_when_impersonated`], [`read_only_when_impersonated`] and [`sensitive`] limit what such a request may do.
//!
//! # Example
//!
//! ```
//! use std::convert::Infallible;
//!
//! use actas_core::{Auth, ConfigError, StaticKeys, Verifier};
//! use actas_tower::{AuthLayer, deny_when_impersonated};
//! use http::{Request, Response};
//! use tower::{Service, ServiceBuilder};
//!
//! async fn change_password<B>(request: Request<B>) -> Result<Response<String>, Infallible> {
//!     // Nobody acts for this user: the guard let the request through.
//!     let user = request.extensions().get::<Auth>().map(|auth| auth.user_id.clone());
//!     Ok(Response::new(format!("changed the password of {user:?}")))
//! }
//!
//! /// Both are the application's settings at Clerk: `CLERK_PUBLISHABLE_KEY` and `CLERK_JWT_KEY`.
//! fn service(
//!     publishable_key: &str,
//!     jwt_key: &str,
//! ) -> Result<impl Service<Request<String>>, ConfigError> {
//!     let verifier = Verifier::clerk(publishable_key)?
//!         .with_keys(StaticKeys::from_pem(jwt_key)?)
//!         .with_authorized_parties(["https://app.example.com"])
//!         .build()?;
//!
//!     Ok(ServiceBuilder::new()
//!         .layer(AuthLayer::new(verifier))
//!         .layer(deny_when_impersonated())
//!         .service_fn(change_password))
//! }
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `axum` | no | The module `axum`: extractors, and `routes`, the list of routes without a decision about impersonation. With it a guard sees the template of axum's route: only there does [`GuardLayer::except`] take effect. |
//!
//! [tower]: https://docs.rs/tower-service

mod head;
mod trail;
mod body;
mod reply;
pub mod auth;
pub mod guard;

#[cfg(feature = "axum")]
pub mod axum;

pub use self::auth::{AuthLayer, AuthService};
pub use self::body::ResponseBody;
pub use self::guard::{
    GuardLayer, GuardService, deny_when_impersonated, read_only_when_impersonated, require_auth,
    sensitive,
};
pub use self::head::Head;
