//! The list of impersonated sessions over HTTP: who acted as whom, when, why, and what was done.
//!
//! [`SessionList`] is a router of axum over an audit record. Who may read is the application's decision: there is no list without
//! an [`AuditPolicy`].
//!
//! # Example
//!
//! ```
//! use actas_admin::{AuditPolicy, AuditScope, SessionList};
//! use actas_audit::AuditLog;
//! use actas_core::{Direct, Verifier};
//! use actas_tower::AuthLayer;
//! use axum::Router;
//!
//! struct Auditors;
//!
//! impl AuditPolicy for Auditors {
//!     async fn scope(&self, who: &Direct) -> AuditScope {
//!         if who.has_permission("audit:read") {
//!             AuditScope::All
//!         } else {
//!             AuditScope::None
//!         }
//!     }
//! }
//!
//! fn app(verifier: Verifier, log: AuditLog) -> Router {
//!     Router::new()
//!         .nest("/admin", SessionList::new(log, Auditors).into_router())
//!         .layer(AuthLayer::new(verifier))
//! }
//! ```
//!
//! In an application of actix-web the same router is mounted by `actix::nest`, with the feature `actix`.
//!
//! # Routes
//!
//! | route | answers |
//! |---|---|
//! | `GET /sessions` | impersonated sessions, the newest first, by `user_id`, `actor`, `actor_issuer`, `status`, `started_after` and `started_before`, a page at a time by `limit` and `cursor` |
//! | `GET /sessions/{id}` | one of them |
//! | `GET /sessions/{id}/events` | what happened in it, a page at a time by `limit` and `after` |
//! | `GET /me/impersonations` | who acted as the caller, when and why: for any user, whatever the policy says |
//! | `GET /openapi.json` | all of this for programs, in OpenAPI 3.1 |
//!
//! Names are those of Clerk's session object where the two overlap: `id`, `user_id`, `actor`, `status`, `last_active_at`,
//! `expire_at` and `created_at`. Times are milliseconds since the Unix epoch, as there.
//!
//! Every route but the description demands a session in which nobody acts for the user: an impersonated caller is refused,
//! whatever the policy says. A session outside of what the policy allows is not told from one that does not exist.
//!
//! No answer is kept by a cache. What is not printable ASCII is escaped in it: what users and actors call themselves cannot act on
//! the terminal of whoever reads it.
//!
//! # In the browser
//!
//! [`Browser`] is a router of its own: `GET /auth/me`, by which a page knows who acts as whom, and two modules for it.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `actix` | no | the module `actix`, which mounts a router of axum in an application of actix-web |

mod wire;
mod list;
#[cfg(feature = "impersonation")]
mod impersonation;
mod browser;

#[cfg(feature = "actix")]
pub mod actix;

pub use actas_audit::AuditScope;

pub use self::browser::Browser;
#[cfg(feature = "impersonation")]
pub use self::impersonation::Impersonation;
pub use self::list::{AuditPolicy, SessionList};
