//! For axum: the layers of [`tower`](crate::tower), and extractors.
//!
//! [`Auth`] is the session, [`Direct`] the proof that nobody is being impersonated: a handler that takes it refuses an
//! impersonated request by itself, and hands the proof to the functions that demand it. [`routes`] lists, in a test, the
//! routes that change something and have no decision about impersonation.
//!
//! ```
//! use actas::Verifier;
//! use actas::axum::{Auth, AuthLayer, Direct, deny_when_impersonated};
//! use axum::Router;
//! use axum::routing::{delete, get, post};
//!
//! async fn me(auth: Auth) -> String {
//!     match &auth.actor {
//!         Some(actor) => format!("{}, in whose name {} acts", auth.user_id, actor.subject),
//!         None => auth.user_id.to_string(),
//!     }
//! }
//!
//! async fn change_password() -> &'static str {
//!     "changed"
//! }
//!
//! async fn delete_account(who: Direct) -> String {
//!     erase(&who)
//! }
//!
//! /// No route, job or service can call this for an impersonated request.
//! fn erase(who: &actas::Direct) -> String {
//!     format!("erased {}", who.user_id)
//! }
//!
//! fn app(verifier: Verifier) -> Router {
//!     Router::new()
//!         .route("/me", get(me))
//!         .route("/password", post(change_password).layer(deny_when_impersonated()))
//!         .route("/account", delete(delete_account))
//!         .layer(AuthLayer::new(verifier))
//! }
//! ```

pub use actas_tower::axum::*;
pub use actas_tower::{
    AuthLayer, AuthService, GuardLayer, GuardService, Head, ResponseBody, deny_when_impersonated,
    read_only_when_impersonated, require_auth, sensitive,
};
