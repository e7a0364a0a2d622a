//! Session token in, [`Auth`] out: who the user is, who acts as them, and what an impersonated request may do.
//!
//! This is the core of [`actas`](https://docs.rs/actas): it verifies and decides, and knows no framework, no `http`
//! type, no runtime and no network. Applications use it through the adapters `actas-tower` and `actas-actix`, which
//! speak its types.
//!
//! ```
//! use actas_core::{Guard, StaticKeys, Verifier};
//!
//! # fn example(clerk_jwt_key: &str, token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::clerk("pk_test_Y2xlcmsuY2xlcmsuZGV2JA")?
//!     .with_keys(StaticKeys::from_pem(clerk_jwt_key)?)
//!     .with_authorized_parties(["https://app.example.com"])
//!     .build()?;
//!
//! let auth = verifier.verify(token).now()?;
//! match &auth.actor {
//!     Some(actor) => println!("{} acts as {}", actor.subject, auth.user_id),
//!     None => println!("{} is here in person", auth.user_id),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What can be relied on
//!
//! - `act` absent or `null` is a direct session; a JSON object with a non-empty string `sub` is an impersonated one;
//!   anything else is refused. No token with any other `act` yields an [`Auth`].
//! - The signature is verified before any claim is judged, by the algorithm that the *key* is bound to.
//! - A token that could not carry `act` is no session token: see [`Separator`].
//! - A guard without a session fails closed: see [`Guard::admit`].
//! - No part of an encoded token, of a key or of a cookie stands in an error, a log line or a `Debug` output. Who the
//!   user and the actor are does, or a keyed hash of it ([`VerifierBuilder::with_hashed_user_ids`]): that is what events
//!   about them are for.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `span-ids` | `SpanIds`, from which audit records take the ids of a request and its trace (needs `tracing-subscriber`) |
//! | `ended` | `Auth::ended`, a future that resolves when the session ends: it expires, is stopped or revoked (needs `tokio`'s timer) |

// The order of the modules is the way of a request.
mod error;
mod config_error;
mod clock;
mod request;
mod field;
mod method;
mod mutating;
mod json;
mod text;
mod token;
mod cross_site;
mod keys;
mod refusal;
mod claims;
mod actor;
mod act_claim;
mod organization;
mod session_end;
mod record;
mod user_ids;
mod session;
mod session_key;
mod telemetry;
mod audit;
mod token_cache;
mod extensions;
mod separator;
mod rules;
mod verifier;
mod guard;
#[cfg(feature = "ended")]
mod ended;
#[cfg(test)]
mod test_request;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod test_token;

pub use actor::{Actor, ActorKey, ActorKind, ClaimsError, PriorActor};
#[cfg(feature = "span-ids")]
pub use audit::SpanIds;
pub use audit::{
    AuditContext, AuditEnd, AuditOutcome, AuditPermit, AuditSink, AuditedRequest, NotRecorded,
    Recording, RefusedToken, Reservation, ReserveFuture,
};
pub use clock::{Clock, SystemClock};
pub use config_error::{ConfigError, KeyError, KeyProblem};
pub use error::{Error, ErrorKind};
pub use guard::{Action, Decision, Denial, Guard};
pub use keys::{
    Algorithm, Generation, KeyFuture, KeySet, KeySource, PublicKey, StaticKeys, WantedKey,
};
pub use method::ends_with_head;
pub use mutating::MutatingRoute;
pub use organization::Organization;
pub use record::Note;
pub use refusal::{
    IMPERSONATED_CACHE_CONTROL, Refusal, RefusalBody, Refusals, RefusedRequest, Reply, VARY,
    merged_vary, overrides_cache_control,
};
pub use request::RequestHead;
pub use separator::Separator;
pub use session::{Auth, Direct, FactorVerificationAge, Session, SignedOut};
pub use session_end::SessionEnd;
pub use session_key::{SessionKey, SubjectKey};
pub use text::Text;
pub use token::IMPERSONATION_COOKIE;
pub use token_cache::TokenCache;
pub use verifier::{
    Ending, NoKeys, ProfileBuilder, Progress, ProgressFuture, SessionToEnd, Verifier,
    VerifierBuilder, Waiting, WithKeys,
};
