//! The record of impersonated sessions, for [`actas`](https://docs.rs/actas).

// The order of the modules is that of their dependencies: each imports only modules above it.
mod escape;
mod json_line;
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
mod signed_link;
mod verify;
mod file;
mod export;
#[cfg(test)]
mod testdata;

pub use body_error::BodyError;
pub use cap::CUT;
pub use escape::Escaped;
pub use event::{
    Action, End, Event, EventKind, Note, Outcome, RecordedActor, RecordedActorKind,
    RecordedDecision, RecordedPriorActor, RefusedToken, Request, SessionEnded, SessionStarted,
};
pub use export::{About, ExportFormat};
pub use file::{Judged, NativeWriter, ReadError, Receipt, ReceiptReport, judge};
pub use hash::Hash;
pub use head::{Head, LedgerHead};
pub use id::{EventId, SessionId};
pub use key::{KeyError, KeyId, Signature, SigningKey, VerifyingKey};
pub use link::{Link, LinkKind};
pub use malformed::{Malformed, NoRandomness};
pub use signed_link::SignedLink;
pub use time::Timestamp;
pub use verify::{Anchor, Finding, Next, Place, Problem, Report, StatedLink, Verifier};
