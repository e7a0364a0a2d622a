use std::sync::Arc;

use actas_core::{AuditEnd, AuditOutcome, AuditPermit, SessionEnd};
use actas_store::StoreError;
use tokio::sync::{mpsc, oneshot};

use super::clock::Time;
use super::error::RecordError;
use super::listening::Listening;
use super::memory::Pending;
use super::sighting::Sighting;
use super::slots::Slot;
use crate::event::{End, EventKind, Note, Outcome, RecordedDecision};
use crate::id::{EventId, SessionId};
use crate::time::Timestamp;

/// What the task that writes is told.
pub(super) enum Message {
    Write(Box<Write>),
    /// Close what is over, and say when that is done.
    Sweep(oneshot::Sender<Result<(), StoreError>>),
    /// Write all that is there, and end.
    Close(oneshot::Sender<()>),
}

/// An event that is to be appended to its session.
pub(super) struct Write {
    pub(super) of: Of,
    pub(super) id: EventId,
    pub(super) at: Timestamp,
    pub(super) what: What,
    pub(super) answer: Answer,
    /// Room in the queue, given back once the event is durable.
    pub(super) slot: Option<Slot>,
    /// A commit may have written it.
    pub(super) may_exist: bool,
    /// The end that it is.
    pub(super) pending: Option<Pending>,
}

/// The session of an event.
pub(super) enum Of {
    /// One that was seen, and is in the record or begins with the event.
    Seen(Arc<Sighting>),
    /// One that is in the record, or else nothing is written.
    Known(SessionId),
}

#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are of the larger one"
)]
pub(super) enum What {
    Event(EventKind),
    /// The start of a session that is not in the record.
    Start,
    /// The outcome of a request that did not run, where a commit of unknown fate wrote that request.
    OutcomeOfDoubtful(EventId),
}

/// Who waits for an event to be durable.
pub(super) enum Answer {
    Nobody,
    /// The request that is recorded.
    Request(oneshot::Sender<Result<Permit, Ended>>, Reserved),
    /// Code that runs after it.
    Caller(oneshot::Sender<Result<EventId, RecordError>>),
}

/// The session of a request has ended: it does not run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended;

impl Write {
    /// Takes away what a database is most likely to refuse, if it has any.
    pub(super) fn without_notes(&mut self) -> bool {
        match &mut self.what {
            What::Event(EventKind::Outcome(outcome)) if !outcome.notes.is_empty() => {
                outcome.notes.clear();
                true
            }
            What::Event(_) | What::Start | What::OutcomeOfDoubtful(_) => false,
        }
    }

    /// Whether it is not written once its session has ended. A request that ran before its record was written is.
    pub(super) fn is_void_after_the_end(&self) -> bool {
        match &self.what {
            What::Event(EventKind::Request(_)) => matches!(self.answer, Answer::Request(..)),
            What::Event(EventKind::SessionEnded(_)) => true,
            What::Event(_) | What::Start | What::OutcomeOfDoubtful(_) => false,
        }
    }

    /// The kind of the event.
    pub(super) fn kind(&self) -> &'static str {
        match &self.what {
            What::Event(kind) => kind.name(),
            What::Start => "session_started",
            What::OutcomeOfDoubtful(_) => "outcome",
        }
    }
}

impl Of {
    pub(super) fn session(&self) -> SessionId {
        match self {
            Self::Seen(sighting) => sighting.session,
            Self::Known(session) => *session,
        }
    }
}

/// The way to the task that writes.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    messages: mpsc::UnboundedSender<Message>,
    pub(super) time: Time,
}

impl Queue {
    pub(super) fn new(time: Time) -> (Self, mpsc::UnboundedReceiver<Message>) {
        let (messages, receiver) = mpsc::unbounded_channel();
        (Self { messages, time }, receiver)
    }

    /// False when the task has ended.
    pub(super) fn send(&self, message: Message) -> bool {
        self.messages.send(message).is_ok()
    }
}

/// What becomes a permit once the request is recorded.
pub(super) struct Reserved {
    pub(super) id: EventId,
    pub(super) outcome_id: EventId,
    pub(super) sighting: Arc<Sighting>,
    pub(super) at: Timestamp,
    pub(super) queue: Queue,
    pub(super) end: Arc<Listening>,
    /// Held until the outcome is durable.
    pub(super) slot: Slot,
}

impl Reserved {
    /// The request is recorded.
    pub(super) fn permit(self) -> Permit {
        Permit {
            text: self.id.to_string(),
            end: Arc::clone(&self.end),
            reserved: Some(self),
        }
    }

    /// The request does not run. Whether a commit has recorded it is not known.
    pub(super) fn doubtful(self) -> Write {
        let what = What::OutcomeOfDoubtful(self.id);
        self.tell(what)
    }

    fn tell(self, what: What) -> Write {
        Write {
            of: Of::Seen(self.sighting),
            id: self.outcome_id,
            at: self.queue.time.now().unwrap_or(self.at),
            what,
            answer: Answer::Nobody,
            slot: Some(self.slot),
            may_exist: false,
            pending: None,
        }
    }
}

/// The record of one request that runs.
pub(super) struct Permit {
    text: String,
    end: Arc<Listening>,
    /// `None` once the outcome is told.
    reserved: Option<Reserved>,
}

impl Permit {
    fn tell(&mut self, outcome: impl FnOnce(EventId) -> Outcome) {
        let Some(reserved) = self.reserved.take() else {
            return;
        };
        let queue = reserved.queue.clone();
        let outcome = outcome(reserved.id);
        let write = reserved.tell(What::Event(EventKind::Outcome(outcome)));
        if !queue.send(Message::Write(Box::new(write))) {
            tracing::error!(
                request = self.text,
                "the audit record was closed before a request ended: its outcome is not recorded"
            );
        }
    }
}

impl AuditPermit for Permit {
    fn id(&self) -> &str {
        &self.text
    }

    fn session_end(&self) -> Option<Arc<dyn SessionEnd>> {
        Some(Arc::clone(&self.end) as Arc<dyn SessionEnd>)
    }

    fn finish(mut self: Box<Self>, outcome: AuditOutcome) {
        let decision = match outcome.denied_by {
            Some(_) => RecordedDecision::Denied,
            None => RecordedDecision::Allowed,
        };
        let end = match outcome.end {
            AuditEnd::Completed => End::Completed,
            _ => End::Aborted,
        };
        let note = |note: actas_core::Note| Note {
            name: note.name,
            value: note.value,
        };
        self.tell(|of| Outcome {
            of,
            end,
            status: outcome.status,
            route: outcome.route,
            decision,
            rule: outcome.denied_by.map(str::to_owned),
            reported: outcome.reported.into_iter().map(str::to_owned).collect(),
            notes: outcome.notes.into_iter().map(note).collect(),
        });
    }
}

impl Drop for Permit {
    /// Whoever waited for it has gone away: the request does not run.
    fn drop(&mut self) {
        self.tell(aborted);
    }
}

/// The outcome of a request that was recorded and did not run.
pub(super) fn aborted(of: EventId) -> Outcome {
    Outcome {
        of,
        end: End::Aborted,
        status: None,
        route: None,
        decision: RecordedDecision::Allowed,
        rule: None,
        reported: Vec::new(),
        notes: Vec::new(),
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit")
            .field("id", &self.text)
            .finish_non_exhaustive()
    }
}
