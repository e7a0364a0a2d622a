//! Mints session tokens that say who acts as whom, for [`actas`](https://docs.rs/actas): for applications that are their own
//! identity provider, and for the tests of all others.
//!
//! ```
//! use std::time::Duration;
//!
//! use actas_core::Direct;
//! use actas_issuer::{ActorClaim, Issuer, MintError, SessionClaims, SessionToken};
//!
//! /// The actor is who was verified, and nobody acts for them: never a field of the request.
//! fn start(issuer: &Issuer, admin: &Direct, user_id: &str, reason: &str) -> Result<SessionToken, MintError> {
//!     let actor = ActorClaim::from(admin).with_claim("reason", reason);
//!     let claims = SessionClaims::new(user_id, "sess_1")
//!         .with_actor(actor)
//!         .with_lifetime(Duration::from_mins(10));
//!     issuer.mint(&claims)
//! }
//! ```
//!
//! # How to test your routes
//!
//! [`Issuer::ephemeral`] makes an issuer whose keys live as long as the test. It makes any [session](TestSession) there can be,
//! good or bad, and its [`verifier`](EphemeralIssuer::verifier) judges it as the one in production would: nothing is
//! mocked, and there is no network. Give your application its verifier as a parameter, and the test gives it another.
//!
//! The crate is a development dependency then: `cargo add --dev actas-issuer`.
//!
//! ## axum
//!
//! ```
//! use actas_core::Verifier;
//! use actas_issuer::Issuer;
//! use actas_tower::axum::Auth;
//! use actas_tower::{AuthLayer, deny_when_impersonated};
//! use axum::body::Body;
//! use axum::http::{Request, StatusCode};
//! use axum::{Router, routing};
//! use tower::ServiceExt;
//!
//! async fn me(auth: Auth) -> String {
//!     auth.user_id.to_string()
//! }
//!
//! // The application, which `main` gives the verifier of its identity provider.
//! fn app(verifier: Verifier) -> Router {
//!     Router::new()
//!         .route("/me", routing::get(me))
//!         .route("/password", routing::post(|| async {}).layer(deny_when_impersonated()))
//!         .layer(AuthLayer::new(verifier))
//! }
//!
//! // #[tokio::test]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = Issuer::ephemeral()?;
//! let app = app(issuer.verifier());
//!
//! let user = issuer.session("user_1");
//! for (session, method, path, status) in [
//!     (user.clone(), "GET", "/me", StatusCode::OK),
//!     (user.clone(), "POST", "/password", StatusCode::OK),
//!     (user.clone().acted_by("admin_1"), "GET", "/me", StatusCode::OK),
//!     (user.clone().acted_by("admin_1"), "POST", "/password", StatusCode::FORBIDDEN),
//!     (user.clone().acted_by_agent("agent_1"), "POST", "/password", StatusCode::FORBIDDEN),
//!     (user.expired(), "GET", "/me", StatusCode::UNAUTHORIZED),
//! ] {
//!     let request = Request::builder()
//!         .method(method)
//!         .uri(path)
//!         .header("authorization", session.bearer())
//!         .body(Body::empty())?;
//!     let response = app.clone().oneshot(request).await?;
//!     assert_eq!(response.status(), status, "{method} {path} {session:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! ## actix-web
//!
//! ```
//! use actas_actix::{Auth, AuthLayer, deny_when_impersonated};
//! use actas_issuer::Issuer;
//! use actix_web::http::StatusCode;
//! use actix_web::test::{TestRequest, call_service, init_service};
//! use actix_web::{App, web};
//!
//! async fn me(auth: Auth) -> String {
//!     auth.user_id.to_string()
//! }
//!
//! async fn change_password() -> &'static str {
//!     "changed"
//! }
//!
//! // The application's routes, in `main` and in tests.
//! fn routes(config: &mut web::ServiceConfig) {
//!     config.route("/me", web::get().to(me));
//!     config.service(
//!         web::resource("/password")
//!             .route(web::post().to(change_password))
//!             .wrap(deny_when_impersonated()),
//!     );
//! }
//!
//! // #[actix_web::test]
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = Issuer::ephemeral()?;
//! let app = App::new()
//!     .configure(routes)
//!     .wrap(AuthLayer::new(issuer.verifier()));
//! let app = init_service(app).await;
//!
//! let user = issuer.session("user_1");
//! for (session, status) in [
//!     (user.clone(), StatusCode::OK),
//!     (user.clone().acted_by("admin_1"), StatusCode::FORBIDDEN),
//!     (user.signed_by_another_key(), StatusCode::UNAUTHORIZED),
//! ] {
//!     let request = TestRequest::post()
//!         .uri("/password")
//!         .insert_header(("authorization", session.bearer()));
//!     let response = call_service(&app, request.to_request()).await;
//!     assert_eq!(response.status(), status, "{session:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! An application that asks for more than the issuer's signature, an audience for one, sets it in both places:
//! [`verifier_builder`](EphemeralIssuer::verifier_builder) has every setting of core's, and
//! `issuer.session("user_1").with_audience("https://api.example.com")` makes the token for it. An application with several
//! issuers puts this one beside them with `Verifier::any_of`.
//!
//! # Keys
//!
//! | where from | what |
//! |---|---|
//! | [`SigningKey::from_pem`], [`SigningKey::from_jwk`] | a key that you keep elsewhere |
//! | [`KeyRing`] | one that signs, and others whose tokens are still taken |
//! | [`KeyFile`] | made at first use, in a file of mode 0600; rotated in it, by any process |
//!
//! A key signs ES256, `EdDSA` (Ed25519) or RS256. Its `kid` is its thumbprint (RFC 7638). [`Issuer::key_set`] is what you
//! publish, with its caching headers. Nodes share a key file, or each has a key and its place in the published set:
//! [`Issuer::check_published`] tells a node that it must not start.
//!
//! A rotation makes a key that is published for 5 minutes before it signs, as long as a published set may be kept. The one
//! before it stays published until its last token has ended: no token lives longer than [`MAX_TOKEN_SECONDS`].
//! [`KeyFile::remove`] ends a key, and all of its tokens, at once.
//!
//! From a shell, the command `actas` of the crate `actas-cli` does the same:
//!
//! ```console
//! $ actas keys generate /var/lib/app/issuer.keys --algorithm ES256
//! $ actas keys rotate /var/lib/app/issuer.keys
//! $ actas keys remove /var/lib/app/issuer.keys NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
//! $ actas keys jwks /var/lib/app/issuer.keys > jwks.json
//! ```
//!
//! # Start and stop
//!
//! With the feature `sqlite` or `postgres`, `Impersonations` starts and stops impersonation over a record of `actas-audit`:
//!
//! 1. An admin, verified and in person, asks to act as a user, with a reason. The application's `StartPolicy` decides, then the
//!    user's consent and the admin's limits. Where it is set, a second person approves.
//! 2. The start is recorded. If that fails, nothing starts.
//! 3. The admin is given a ticket, good once and for a minute, and a cookie that binds it to the browser.
//! 4. The ticket is redeemed for the session token, which travels in a cookie of its own: the admin's own session is never
//!    touched.
//! 5. The session ends when it is stopped, revoked, left idle, when the policy, asked again, refuses it, when the user takes their
//!    consent back, and in any case after half an hour, unless that is set otherwise. It is never extended.
//!
//! `RolePolicy` is a policy that goes by the roles of the application's own directory.
//!
//! Through [`tracing`], target `actas_issuer`, without a value of a request:
//!
//! | event | level | fields |
//! |---|---|---|
//! | an impersonation has started; its start was approved | info | `session` |
//! | a start, an approval, a ticket or a revocation was refused | warn | |
//! | the policy ends a session; something was revoked | warn | `session` |
//! | the database, the record, the keys or the clock failed | error | `session`, `error` |
//!
//! # What can be relied on
//!
//! - No claim that a verifier reads can be set by a custom one: [`MintError::Reserved`].
//! - An `act` that core would refuse is not minted: every actor has a subject, and at most 8 stand one inside the other.
//! - No byte of a key or a token stands in an error, a log line or a `Debug` output, but for the `kid`.
//! - jsonwebtoken's process-wide provider is not used: a build may enable both of its back ends.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `clerk` | no | `provider::Clerk`, which starts impersonation at Clerk |
//! | `postgres` | no | `Impersonations` with its rows in PostgreSQL, for several nodes; `exchange`, which is token exchange (RFC 8693) for them |
//! | `sqlite` | no | `Impersonations` with its rows in SQLite, which is compiled in; `exchange` as well |

// The order of the modules is that of their dependencies: each imports only modules above it.
mod clock;
mod key;
mod key_set;
mod session;
mod issuer;
mod ephemeral;
#[cfg(any(feature = "clerk", feature = "sqlite", feature = "postgres"))]
mod reason;
#[cfg(feature = "clerk")]
pub mod provider;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod user_id;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod ticket;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod cookie;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod terms;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod policy;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod store;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod impersonation;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod exchange;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use actas_audit::{Revocation, SessionId, Stopped, StoreError};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use cookie::{Cookies, SetCookie};
pub use ephemeral::{EphemeralIssuer, TestSession};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use impersonation::{
    ApproveError, Impersonations, ImpersonationsBuilder, RedeemError, Redeemed, RevokeError,
    StartError, StartRequest, Started, Withdrawn,
};
pub use issuer::{Issuer, IssuerError, IssuerKeySource, IssuerKeys, NotPublished};
pub use key::{
    KeyError, KeyFile, KeyRing, MAX_TOKEN_SECONDS, Rotation, SigningAlgorithm, SigningKey,
};
pub use key_set::PublishedKeySet;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use policy::{Decision, PendingStart, RolePolicy, StartPolicy, Unavailable, User, Users};
pub use session::{ActorClaim, MintError, OrganizationClaim, SessionClaims, SessionToken};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use store::{ConsentRecord, SetupError};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use terms::{Approval, Consent};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use ticket::{Binding, Ticket};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use user_id::{UserId, UserIdError};
