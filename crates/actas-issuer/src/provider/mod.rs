//! Identity providers that start impersonation themselves.
//!
//! [`Clerk`] asks Clerk's Backend API to let an admin sign in as a user. It follows the description of that API that Clerk
//! publishes as version 2026-05-12, and asks for that version.
//!
//! ```no_run
//! use actas_core::Direct;
//! use actas_issuer::provider::{Clerk, ProviderError, StartRequest};
//!
//! # fn build(secret_key: String) -> Result<Clerk, actas_core::ConfigError> {
//! let clerk = Clerk::builder(secret_key).build()?;
//! # Ok(clerk)
//! # }
//! // The admin is the verified caller. For an impersonated request, there is no `Direct` to call this with.
//! async fn start(clerk: &Clerk, admin: &Direct) -> Result<String, ProviderError> {
//!     let request = StartRequest::new("user_2b", "the export of invoices fails").with_ticket("HELP-712");
//!     let token = clerk.start(admin, &request).await?;
//!     // Where the admin's browser goes.
//!     Ok(token.url().to_owned())
//! }
//! ```
//!
//! # What is sent, and what can be relied on
//!
//! - **The actor is the verified caller**: its `sub` and `iss`, with the reason and the ticket beside them. Clerk copies all
//!   of it into the `act` claim of every token of the session, where [`Actor::claims`](actas_core::Actor::claims) reads it.
//!   Whoever can read such a token reads the reason.
//! - **Who may start is not decided here**: ask your policy first. What is refused here is an admin who starts as
//!   themselves, and a start without a reason.
//! - **A session ends by the clock**: 30 minutes after it began by default, and Clerk ends it after ten minutes without use.
//!   Tokens that were issued stay valid after the end of a session until they expire, at Clerk within a minute.
//! - **Bounds**: `https` only, no redirects, no cookies, no second attempt; an answer of 1 MiB at most; a timeout for
//!   connecting and for the whole of a call.
//! - **The secret key, the actor token and its URL** are in no error, event or `Debug` output. What this crate holds of
//!   them is wiped; the HTTP client's buffers are not.
//!
//! A call needs a [tokio] runtime with its I/O and time drivers (`enable_all`); without the time driver it panics.
//! `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are heeded but for loopback.
//!
//! # Events
//!
//! Through [`tracing`], target `actas_issuer`:
//!
//! | event | level | fields |
//! |---|---|---|
//! | Clerk was asked | debug | `call` |
//! | Clerk did not do what it was asked | warn | `call`, `failure`, `status`, `code`, `trace_id` |

// The order of the modules is that of their dependencies: each imports only modules above it.
mod error;
mod id;
mod secret_key;
mod url;
mod terms;
mod actor_token;
mod session;
mod refusal;
mod api;
mod clerk;

pub use actor_token::ActorToken;
pub use clerk::{Clerk, ClerkBuilder};
pub use error::{ImpersonationLimit, ProviderError, ProviderErrorKind};
pub use session::{LiveActor, LiveSession};
pub use terms::StartRequest;
