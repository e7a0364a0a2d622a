//! The record of impersonated sessions, for [`actas`](https://docs.rs/actas): what was done in them, chained, signed, and
//! verified by anyone who has the public key.
//!
//! ```
//! use actas_audit::{Event, EventId, EventKind, Hash, SessionEnded, SessionId};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let session = "imp_bd4c941f37460fb88008b5056a362c27".parse()?;
//! let ended = EventKind::SessionEnded(SessionEnded { reason: "stopped".into() });
//! let event = Event::new(session, None, "2026-11-25T07:05:00.250Z".parse()?, EventId::from_bytes([2; 16]), ended);
//!
//! // What is stored, to the byte.
//! let body = event.to_body()?;
//! assert_eq!(
//!     body,
//!     concat!(
//!         r#"{"at":"2026-11-25T07:05:00.250Z","id":"02020202020202020202020202020202","kind":"session_ended","#,
//!         r#""prev":null,"reason":"stopped","seq":1,"session":"imp_bd4c941f37460fb88008b5056a362c27","v":1}"#,
//!     )
//! );
//! // What the next event names as its `prev`.
//! let hash = Hash::of_event(&body);
//! assert_eq!(hash.to_string(), "de63f9ccba64da0dac53e393347ba5cface2a343116b16c721b0639bb30e1bec");
//! # Ok(())
//! # }
//! ```
//!
//! The same hash, without this crate: `printf 'actas event v1\n%s' "$body" | sha256sum`.
//!
//! # The record
//!
//! Every session is a chain of [`Event`]s, numbered from 1 without a gap, each naming the hash of the one before it. One
//! *ledger* runs over all sessions: a chain of signed [`Link`]s, each of which vouches for the head of one session, and so
//! for all its events up to there. A session is linked when it is opened, in the same write as its first event, and when
//! it is closed; once more if it is used again after that, and when it is pruned. So no session can vanish without a gap
//! in the ledger, and no event that a link vouches for can be changed without another hash.
//!
//! | what | how |
//! |---|---|
//! | body | JSON in the canonical form of RFC 8785: members sorted, no white space, one way to write a string; integers of at most 2^53 - 1 and no fractions. It is stored as text and never written anew |
//! | hash of an event | SHA-256 over `actas event v1`, a line feed, and the body |
//! | hash of a link | SHA-256 over `actas link v1`, a line feed, and the body |
//! | signature of a link | Ed25519 (RFC 8032) over the 32 bytes of its hash |
//! | times | RFC 3339 in UTC with milliseconds, `2026-11-25T07:00:00.000Z` |
//! | session | `imp_` and the first 16 bytes of a SHA-256 over what the session concerns: [`SessionId::of`] |
//! | length | text from outside is cut at a limit, and ends with a mark then, [`CUT`] and a hash of the whole: see [`Event::new`] |
//!
//! # What verifying shows
//!
//! A [`Verifier`] reads a whole record, from a database or a file, in constant memory, and names the first thing that does
//! not hold: a changed, missing or added event, a gap in the ledger, a signature that does not hold or is another key's,
//! an event that is earlier than the one before it or still to come, a session that was never closed.
//!
//! - **With the public key**, whoever has the database but not the signing key can change nothing that a link vouches
//!   for. They can cut the ledger's end off, with the sessions that were linked there, and change or remove events that no
//!   link vouches for yet: those since a session was opened, or closed the last time. Such events say themselves how long
//!   their session is good, so whoever writes them anew can also keep the session from looking overdue: only a signed close
//!   ends that, and an anchor shows that one was there.
//! - **With an anchor** ([`Anchor`]), an earlier head that was kept elsewhere, a cut before it is found.
//! - **As of a time**: what should have been closed by then. A copy that was taken while sessions were open holds as of when it
//!   was taken, and is judged by a time that whoever judges it knows from elsewhere. The time in a file's first line is
//!   a claim of whoever wrote the file.
//! - **Without the public key** it shows accidents, and not a rewrite: hashes can be computed by anyone.
//!
//! # What a database that is written by another brings about
//!
//! The list of sessions says of each where its chain ends, and so what its next event follows and what its next link vouches
//! for. That is sealed: with HMAC-SHA-256, under a key that is derived from the signing key and that the database never sees.
//! A session whose row does not hold neither goes on nor is it closed or removed; its requests are refused with 503, the log
//! names it, and so does verification, by what the row says other than the events or once it should have been closed.
//!
//! | what is done to the database | what comes of it |
//! |---|---|
//! | events are added, and the row made to match | the seal does not hold |
//! | an earlier row with its own seal is put back | the next event has the number of one that is there, and cannot be written; a link over less than the events is found by verification |
//! | the same, and the later events are removed | what a link vouches for is missed; what none vouches for yet is gone without a trace, but for an anchor |
//! | an earlier backup is put back | as before, for all sessions |
//! | the record is signed by another key from now on | rows of the key before hold where that is given (`AuditLogBuilder::add_previous_key`), and not otherwise: nobody could tell them from a forger's. The sessions that were open then are never closed, unless they are taken as they stand (`AuditLogBuilder::insecure_adopt_sessions_of_lost_keys`) |
//!
//! # What the holder of the signing key can forge
//!
//! Everything since the last head that somebody else has seen: they can write another record from there on and sign it.
//! Two things limit them. Keep heads where they cannot write: [`Report::head`] after each verification, or the heads in
//! receipts that were handed out. And keep the key where the database's administrators are not: it is a file beside the
//! application, of mode 0600 ([`SigningKey::open_or_create`]), that the database never sees. Who has both the key and the
//! database of a running application can also keep an event from being written at all; no record shows what it never got.
//!
//! # In files
//!
//! [`NativeWriter`] writes a record as JSON lines that [`judge`] verifies; a [`Receipt`] is one session of it, for a
//! support ticket. [`ExportFormat`] writes events for other systems, in OCSF or ECS. [`Escaped`] prints text from a record
//! so that it cannot act on a terminal.

// The order of the modules is that of their dependencies: each imports only modules above it.
mod escape;
mod json_line;
mod malformed;
mod text_form;
mod time;
mod canonical;
mod hash;
mod cap;
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
pub use export::{About, ExportFormat};
pub use file::{Judged, NativeWriter, ReadError, Receipt, ReceiptReport, judge};
pub use hash::Hash;
pub use head::{Head, LedgerHead};
pub use id::{EventId, SessionId, SessionIdentity};
pub use key::{KeyError, KeyId, Signature, SigningKey, VerifyingKey};
pub use link::{Link, LinkKind};
pub use malformed::{Malformed, NoRandomness};
pub use signed_link::SignedLink;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use store::{
    AuditLog, AuditLogBuilder, AuditScope, ExportedEvents, JudgeError, NewSession, OpenError, Page,
    PageError, Pruned, RecordError, RecordReader, Records, Revocation, Session, SessionQuery,
    SessionStatus, Stopped, StoreError, StoredEvent, StoredLink, StoredRecord, StoredRevocation,
};
pub use time::Timestamp;
pub use verify::{Anchor, Finding, Next, Place, Problem, Report, StatedLink, Verifier};
