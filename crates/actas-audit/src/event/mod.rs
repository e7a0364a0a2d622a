//! What is written down of a session.

mod actor;
mod detail;
mod record;

pub use actor::{RecordedActor, RecordedActorKind, RecordedPriorActor};
pub use detail::{
    Action, End, Note, Outcome, RecordedDecision, RefusedToken, Request, SessionEnded,
    SessionStarted,
};
pub use record::{Event, EventKind};
