//! Impersonation over HTTP: the list of who acted as whom, when, why, and what was done; and starting and stopping it.
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
//! # Starting and stopping
//!
//! `Impersonation`, with the feature `impersonation`, is a router over `actas_issuer::Impersonations`: for applications whose
//! identity provider does not start impersonation itself. It is mounted **outside** of the application's `AuthLayer`: a session
//! that has ended can be stopped, and no layer lets one through. What needs a session is behind a layer that it brings.
//!
//! | route | body | answers |
//! |---|---|---|
//! | `POST /impersonations` | `user_id`, `reason`, `ticket`, `max_duration` | 201 with a ticket, and the cookie that it is bound to; 202 where a second person must approve |
//! | `GET /impersonations/pending` | | what the caller may approve |
//! | `POST /impersonations/{id}/approve` | | that it is approved |
//! | `POST /impersonations/{id}/collect` | | 201, as a start, to the actor of one that was approved |
//! | `POST /impersonations/redeem` | `ticket` | the impersonation cookie: the caller acts as the user |
//! | `POST /impersonations/current/stop` | | the cookie is deleted, whatever it held |
//! | `POST /impersonations/revoke` | `what`, `reason`, and for `session` `issuer` and `session_id`, for `actor` `issuer` and `subject`, for `user` `issuer` and `user_id`; nothing for `everything` | that it is revoked |
//! | `GET`, `POST /me/consent` | `until` | what the caller has agreed to |
//! | `POST /me/consent/withdraw` | | that it holds no longer |
//! | `GET /.well-known/jwks.json` | | the issuer's keys, to be kept for 5 minutes |
//! | `POST /oauth/token` | RFC 8693 | a token, where `with_exchange` is set |
//! | `GET /impersonations/openapi.json` | | all of this for programs, in OpenAPI 3.1 |
//!
//! **Who acts is the verified caller**, and no member of a body. One who is impersonated is answered with 409
//! `stop_impersonation_first`. What a user does in person, consent, is 403 `impersonation_denied` then.
//!
//! **A body** is JSON, or a form of the same origin, and has 16 KiB at most (413). Anything else is 415. A member that is not known, or
//! there twice, is refused: a `ticket` that is misspelt would otherwise be missing from the record. A field of a form that is left
//! empty is one that is not there. A form may name `return_to`, a path of its own origin, to which it leads with 303 once it is
//! done; that of a start may not, because its answer holds the ticket. The body of a stop is read for `return_to`
//! alone, and no body keeps it from stopping.
//!
//! **Stop is never guarded.** It needs no session that holds: it ends what the signature of the impersonation cookie, or else of
//! the one credential, names. It deletes the cookie for a token that nobody can verify as well (`"found": "unverified"`), and where
//! the record cannot be had (`"recorded": false`). A second stop changes nothing. From another site it is refused with 403.
//!
//! **Sign-out** is the application's own: beside its session it ends the impersonation, as a stop does
//! ([`session_to_end`](actas_core::Verifier::session_to_end), `Impersonations::stop`), and sets `Impersonations::cookies().clear()`
//! beside the cookie that deletes its own.
//!
//! **Other sites** change nothing: a cookie credential is taken from the application's own origin and its authorized parties.
//! A `GET` starts and stops nothing.
//!
//! **The answers** but for the key set are kept by no cache, and tell no other site where somebody came from. A ticket stands in the
//! answer to its start alone, and the session token in its cookie alone, which no script can read. A user who does not exist is
//! not told from one who must not be acted as.
//!
//! Times are milliseconds since the Unix epoch here as well; `max_duration` has seconds.
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
//! | `clerk` | no | `Impersonation::with_clerk`: a session of Clerk's that is stopped or revoked is ended at Clerk as well |
//! | `impersonation` | no | `Impersonation`: the routes that start and stop, over `actas_issuer` with SQLite; PostgreSQL is a feature of that crate |

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
