//! Safe user impersonation: see it, and limit it.
//!
//! An admin signs in as a customer to reproduce a bug. The session token that results says so in its `act` claim
//! ([RFC 8693 §4.1]): `sub` is the customer, `act.sub` the admin. actas verifies the token, tells the application who
//! acts as whom, and refuses what must not be done in another's name.
//!
//! ```text
//!  request ──► AuthLayer ─────────────────────► guard ──────────────────────► handler
//!              the token, verified:             nobody acts for the user?     Auth { user_id, actor, … }
//!              signature, time, issuer, …
//!                  │ no, or doubtful                │ somebody does
//!                  ▼                                ▼
//!                 400, 401, 503                    403 impersonation_denied
//! ```
//!
//! - [`Verifier`] judges tokens of one issuer, or of several: Clerk, WorkOS, Auth0, Keycloak, ZITADEL, Logto, or any
//!   that sets `act`.
//! - [`Auth`] is what a handler sees. `auth.actor` is `Some` exactly when somebody else is at the keyboard; a token
//!   that leaves it in doubt is refused.
//! - Guards stand on routes: `deny_when_impersonated()`, `read_only_when_impersonated()`, `sensitive()`.
//! - [`Direct`] is the proof, in a type, that nobody is being impersonated: a function that takes `&Direct` cannot be
//!   called for an impersonated request.
//!
//! A token without `act` looks the same to everybody: an issuer that signs admins in as customers without it
//! cannot be helped here.
//!
//! # Example
//!
//! With the feature `axum`; the modules of the other frameworks have theirs.
//!
#![cfg_attr(feature = "axum", doc = "```no_run")]
#![cfg_attr(not(feature = "axum"), doc = "```text")]
//! use actas::axum::{Auth, AuthLayer, deny_when_impersonated};
//! use actas::{StaticKeys, Verifier};
//! use axum::routing::{get, post};
//! use axum::{Json, Router};
//! use serde_json::{Value, json};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let verifier = Verifier::clerk(&std::env::var("CLERK_PUBLISHABLE_KEY")?)?
//!         .with_keys(StaticKeys::from_pem(&std::env::var("CLERK_JWT_KEY")?)?)
//!         .with_authorized_parties(["https://app.example.com"])
//!         .build()?;
//!
//!     let app = Router::new()
//!         .route("/me", get(me))
//!         .route("/password", post(change_password).layer(deny_when_impersonated()))
//!         .layer(AuthLayer::new(verifier));
//!
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, app).await?;
//!     Ok(())
//! }
//!
//! async fn me(auth: Auth) -> Json<Value> {
//!     Json(json!({ "user_id": auth.user_id, "actor": auth.actor }))
//! }
//!
//! async fn change_password(auth: Auth) -> String {
//!     format!("changed the password of {}", auth.user_id)
//! }
//! ```
//!
//! # The record
//!
//! Impersonated requests are written down, before they run, where a verifier is given an [`AuditSink`]:
//! [actas-audit](https://docs.rs/actas-audit) is one, in SQLite or PostgreSQL, and
//! [actas-admin](https://docs.rs/actas-admin) lists it over HTTP.
//!
//! # Start and stop
//!
//! For applications whose identity provider does not start impersonation, [actas-issuer](https://docs.rs/actas-issuer) does: it
//! mints the session token, and makes those of an application's tests. actas-admin has the routes, and the modules for pages.
//!
//! # Features
//!
//! None is on by default. A feature adds API and changes no behaviour.
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | the module `axum`: layers and extractors for axum 0.8, and all of `tower` |
//! | `tower` | the module `tower`: layers for hyper, tonic and any other service of `http` 1 |
//! | `jwks` | `RemoteKeys`: the issuer's keys over HTTPS, through rotation and outage |
//! | `actix` | the module `actix`: middleware and extractors for actix-web 4 |
//!
//! Without a feature it is `actas-core`: the verifier and the guards' decisions, without I/O, runtime or framework. Keys
//! are then given as PEM, JWK or JWK set.
//!
//! [RFC 8693 §4.1]: https://www.rfc-editor.org/rfc/rfc8693#section-4.1

pub use actas_core::*;
#[cfg(feature = "jwks")]
pub use actas_jwks::{RemoteKeys, SystemTicks, Ticks};

#[cfg(feature = "tower")]
pub mod tower;

#[cfg(feature = "axum")]
pub mod axum;

#[cfg(feature = "actix")]
pub mod actix;

/// The README's examples compile.
#[cfg(all(doctest, feature = "actix", feature = "axum"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
