use serde::{Deserialize, Serialize};

use super::actor::RecordedActor;
use crate::cap;
use crate::id::EventId;
use crate::time::Timestamp;

/// The first sight of an impersonated session: always its first event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStarted {
    /// `iss` of the token.
    pub issuer: String,
    /// What the session is known by within its issuer: the text form of core's `SessionKey`, such as `sid:sess_1`.
    pub session_key: String,
    /// `sid`.
    pub session_id: Option<String>,
    /// `sub`: whom the actor acts as.
    pub user_id: String,
    /// Who acts.
    pub actor: RecordedActor,
    /// `azp`.
    pub authorized_party: Option<String>,
    /// The organisation that is active in the session.
    pub organization_id: Option<String>,
    /// Why the actor acts, where the token or the issuer says it: at most 2000 bytes. What is no text there is the JSON that it
    /// is.
    pub reason: Option<String>,
    /// The ticket that the reason refers to.
    pub ticket: Option<String>,
    /// `exp` of the token that the session was first seen with, or the end that its issuer told at its start.
    pub expires_at: Timestamp,
    /// Seconds after its last request at which the session ends, where it does.
    pub idle_limit: Option<u64>,
}

/// A request of an impersonated session, written before its handler runs: what became of it is told by an [`Outcome`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The framework's template of the route, such as `/users/{id}`; never the path itself.
    pub route: Option<String>,
    /// The id that the application or a proxy gave the request.
    pub request_id: Option<String>,
    /// The trace that the request is part of (W3C Trace Context).
    pub trace_id: Option<String>,
    /// The client's address.
    pub client: Option<String>,
    /// Who acts, where the token says another kind of the actor than the one that the session started with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<RecordedActor>,
    /// The latest `exp` among the tokens that the session was seen with, this one included. A store says it with every
    /// request: whoever verifies events that no link vouches for may have none but these to know it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The request.
    pub of: EventId,
    /// Whether the response was sent to its end.
    pub end: End,
    /// The status of the response, where there was one.
    pub status: Option<u16>,
    /// The template of the route, where it was known only once the request had run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Whether the request was let through.
    pub decision: RecordedDecision,
    /// The rule that denied.
    pub rule: Option<String>,
    /// The rules that would have denied, had they not only reported: at most 32.
    pub reported: Vec<String>,
    /// What the application added: at most 32.
    pub notes: Vec<Note>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The body of the response ended.
    Completed,
    /// The handler panicked, or the client hung up.
    Aborted,
}

/// Whether a request was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedDecision {
    /// No rule denied it.
    Allowed,
    /// A rule denied it.
    Denied,
}

/// Something that the application adds to the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is: at most 64 bytes.
    pub name: String,
    /// At most 1024 bytes.
    pub value: String,
}

/// Tokens of the session that were refused after their signature held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedToken {
    /// The rule that refused them, such as `expired`.
    pub rule: String,
    /// How many there were.
    pub count: u32,
    /// When the first was refused.
    pub from: Timestamp,
    /// When the last was refused.
    pub to: Timestamp,
}

/// Something that was done on behalf of the session after its request: a job, a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The request that led to it.
    pub of: Option<EventId>,
    /// What was done.
    pub name: String,
    /// What the application added: at most 32.
    pub notes: Vec<Note>,
}

/// The end of a session. It is recorded once, and no request runs after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnded {
    /// `stopped`, `revoked`, `signed_out`, or another word: at most 2000 bytes.
    pub reason: String,
}

impl SessionStarted {
    pub(super) fn cap(&mut self) {
        cap::text(&mut self.issuer, cap::ID);
        cap::text(&mut self.session_key, cap::ID);
        cap::optional(&mut self.session_id, cap::ID);
        cap::text(&mut self.user_id, cap::ID);
        self.actor.cap();
        cap::optional(&mut self.authorized_party, cap::ID);
        cap::optional(&mut self.organization_id, cap::ID);
        cap::optional(&mut self.reason, cap::REASON);
        cap::optional(&mut self.ticket, cap::ID);
    }
}

impl Request {
    pub(super) fn cap(&mut self) {
        cap::text(&mut self.method, cap::REQUEST);
        cap::optional(&mut self.route, cap::ROUTE);
        cap::optional(&mut self.request_id, cap::REQUEST);
        cap::optional(&mut self.trace_id, cap::REQUEST);
        cap::optional(&mut self.client, cap::REQUEST);
        if let Some(actor) = &mut self.actor {
            actor.cap();
        }
    }
}

impl Outcome {
    /// Whether the request was denied, broke off, or was answered with an error.
    pub(crate) fn has_failed(&self) -> bool {
        self.decision == RecordedDecision::Denied
            || self.end == End::Aborted
            || self.status.is_some_and(|status| status >= 400)
    }

    pub(super) fn cap(&mut self) {
        cap::optional(&mut self.route, cap::ROUTE);
        cap::optional(&mut self.rule, cap::ID);
        cap::list(&mut self.reported, || cap::LIST_CUT.to_owned());
        for rule in &mut self.reported {
            cap::text(rule, cap::ID);
        }
        cap_notes(&mut self.notes);
    }
}

impl RefusedToken {
    pub(super) fn cap(&mut self) {
        cap::text(&mut self.rule, cap::ID);
    }
}

impl Action {
    pub(super) fn cap(&mut self) {
        cap::text(&mut self.name, cap::ID);
        cap_notes(&mut self.notes);
    }
}

impl SessionEnded {
    pub(super) fn cap(&mut self) {
        cap::text(&mut self.reason, cap::REASON);
    }
}

fn cap_notes(notes: &mut Vec<Note>) {
    cap::list(notes, || Note {
        name: cap::LIST_CUT.to_owned(),
        value: String::new(),
    });
    for note in notes {
        cap::text(&mut note.name, cap::NOTE_NAME);
        cap::text(&mut note.value, cap::NOTE_VALUE);
    }
}
