//! For actix-web: middleware for `App::wrap` and extractors, with the names and the behaviour of
//! the other frameworks.
//!
//! A refusal is a response, not an error, so that `Cors`, `Logger` and the like still act on it.
//!
//! ```
//! use actas::Verifier;
//! use actas::actix::{Auth, AuthLayer, deny_when_impersonated};
//! use actix_web::web;
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
//! fn routes(verifier: Verifier) -> impl actix_web::dev::HttpServiceFactory {
//!     web::scope("")
//!         .route("/me", web::get().to(me))
//!         .service(
//!             web::resource("/password")
//!                 .wrap(deny_when_impersonated())
//!                 .route(web::post().to(change_password)),
//!         )
//!         .wrap(AuthLayer::new(verifier))
//! }
//! ```

pub use actas_actix::*;
