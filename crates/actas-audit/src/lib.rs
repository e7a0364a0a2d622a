//! The record of impersonated sessions, for [`actas`](https://docs.rs/actas).

// The order of the modules is that of their dependencies: each imports only modules above it.
mod escape;
mod cap;
mod malformed;
mod text_form;
mod time;
mod canonical;
mod hash;
mod id;
mod head;
mod body_error;
mod body;
mod event;
mod link;
mod key;
mod verify;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod store;
#[cfg(test)]
mod testdata;

pub use body_error::BodyError;
pub use cap::CUT;
pub use escape::Escaped;
pub use event::{
    Action, End, Event, EventKind, Note, Outcome, RecordedActor, RecordedActorKind,
    RecordedDecision, RecordedPriorActor, RefusedToken, Request, SessionEnded, SessionStarted,
};
pub use hash::Hash;
pub use head::{Head, LedgerHead};
pub use id::{EventId, SessionId};
pub use key::{KeyError, KeyId, Signature, SigningKey, VerifyingKey};
pub use link::{Link, LinkKind};
pub use malformed::{Malformed, NoRandomness};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use store::{
    AuditLog, AuditLogBuilder, AuditScope, OpenError, Page, PageError, Pruned, RecordError,
    Records, Session, SessionQuery, SessionStatus, StoreError, StoredEvent, StoredLink,
    StoredRecord,
};
pub use time::Timestamp;
pub use verify::{Anchor, Finding, Next, Place, Problem, Report, StatedLink, Verifier};
