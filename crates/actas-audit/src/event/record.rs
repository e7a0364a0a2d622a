use serde::{Deserialize, Serialize};

use super::detail::{Action, Outcome, RefusedToken, Request, SessionEnded, SessionStarted};
use crate::body;
use crate::body_error::BodyError;
use crate::hash::Hash;
use crate::head::Head;
use crate::id::{EventId, SessionId};
use crate::time::Timestamp;

/// One event of a session.
///
/// It serialises as a JSON object with the members of its kind beside its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The session.
    pub session: SessionId,
    /// Its number within the session, from 1.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The hash of the session's event before, or `None` for the first.
    pub prev: Option<Hash>,
    /// What it is known by.
    pub id: EventId,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// The session was seen for the first time.
    SessionStarted(SessionStarted),
    /// A request is about to be handled.
    Request(Request),
    /// A request is over.
    Outcome(Outcome),
    /// Tokens of the session were refused.
    RefusedToken(RefusedToken),
    /// Something was done on behalf of the session after its request.
    Action(Action),
    /// The session ended.
    SessionEnded(SessionEnded),
}

impl Event {
    /// The event that follows `head`, or the first of its session.
    ///
    /// Text beyond its limit is cut, and ends with [`CUT`](crate::CUT) and a hash of the whole then: ids, names, rules and route templates at 512
    /// bytes, a reason at 2000, a method, the client's address and the ids of a request and its trace at 128, the name
    /// of a note at 64 and its value at 1024. A list ends with `…[cut]` after 31 items where it would be longer than 32.
    #[must_use]
    pub fn new(
        session: SessionId,
        head: Option<&Head>,
        at: Timestamp,
        id: EventId,
        mut kind: EventKind,
    ) -> Self {
        kind.cap();
        Self {
            session,
            seq: head.map_or(0, |head| head.seq).saturating_add(1),
            at,
            prev: head.map(|head| head.hash),
            id,
            kind,
        }
    }

    /// Its body: the text that is stored, hashed, and never written anew.
    ///
    /// # Errors
    ///
    /// [`BodyError::Number`] when `seq` is beyond 2^53 - 1.
    pub fn to_body(&self) -> Result<String, BodyError> {
        body::write(self)
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// [`BodyError`] when it is no event of a version and kind known here, or differs by as much as a byte from the
    /// canonical form of what it says.
    pub fn from_body(body: &str) -> Result<Self, BodyError> {
        body::compare(Self::read(body)?, body)
    }

    /// Reads a body that may have another form than the canonical one.
    pub(crate) fn read(body: &str) -> Result<Self, BodyError> {
        let base: Base = body::read(body)?;
        if base.v != body::VERSION {
            return Err(BodyError::Version);
        }
        Ok(Self {
            session: base.session,
            seq: base.seq,
            at: base.at,
            prev: base.prev,
            id: base.id,
            kind: EventKind::from_body(&base.kind, body)?,
        })
    }

    /// The session and the number that a body names which may be no event's.
    pub(crate) fn names(body: &str) -> Option<(SessionId, u64)> {
        let Names { session, seq } = body::read(body).ok()?;
        Some((session, seq))
    }
}

#[derive(Deserialize)]
struct Names {
    session: SessionId,
    seq: u64,
}

/// What every event has.
#[derive(Deserialize)]
struct Base {
    v: u64,
    session: SessionId,
    seq: u64,
    at: Timestamp,
    prev: Option<Hash>,
    id: EventId,
    kind: String,
}

impl EventKind {
    /// The kind's name, as the record has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SessionStarted(_) => "session_started",
            Self::Request(_) => "request",
            Self::Outcome(_) => "outcome",
            Self::RefusedToken(_) => "refused_token",
            Self::Action(_) => "action",
            Self::SessionEnded(_) => "session_ended",
        }
    }

    fn from_body(kind: &str, body: &str) -> Result<Self, BodyError> {
        match kind {
            "session_started" => body::read(body).map(Self::SessionStarted),
            "request" => body::read(body).map(Self::Request),
            "outcome" => body::read(body).map(Self::Outcome),
            "refused_token" => body::read(body).map(Self::RefusedToken),
            "action" => body::read(body).map(Self::Action),
            "session_ended" => body::read(body).map(Self::SessionEnded),
            _ => Err(BodyError::Kind),
        }
    }

    fn cap(&mut self) {
        match self {
            Self::SessionStarted(detail) => detail.cap(),
            Self::Request(detail) => detail.cap(),
            Self::Outcome(detail) => detail.cap(),
            Self::RefusedToken(detail) => detail.cap(),
            Self::Action(detail) => detail.cap(),
            Self::SessionEnded(detail) => detail.cap(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::detail::Note;
    use crate::testdata;

    #[test]
    fn what_is_written_is_read() {
        for event in testdata::one_of_each_kind() {
            let body = event.to_body().unwrap();
            assert!(
                body.contains(&format!(r#""kind":"{}""#, event.kind.name())),
                "{body}"
            );
            assert_eq!(Event::from_body(&body), Ok(event));
        }
    }

    #[test]
    fn nothing_but_the_canonical_form_is_read() {
        let event = testdata::one_of_each_kind().remove(1);
        let body = event.to_body().unwrap();
        let change = |from: &str, to: &str| {
            let changed = body.replacen(from, to, 1);
            assert_ne!(changed, body, "{from}");
            Event::from_body(&changed).unwrap_err()
        };
        assert_eq!(change(",", ", "), BodyError::NotCanonical);
        assert_eq!(change("{", r#"{"a":1,"#), BodyError::NotCanonical);
        assert_eq!(
            change(r#","v":1}"#, r#","v":1,"w":null}"#),
            BodyError::NotCanonical
        );
        assert_eq!(change("GET", r"\u0047ET"), BodyError::NotCanonical);
        assert_eq!(
            change(r#""client":"203.0.113.9","#, ""),
            BodyError::NotCanonical
        );
        assert_eq!(
            change(r#""seq":2"#, r#""seq":9007199254740992"#),
            BodyError::NotCanonical
        );
        assert_eq!(change(r#""v":1"#, r#""v":2"#), BodyError::Version);
        assert_eq!(
            change(r#""kind":"request""#, r#""kind":"other""#),
            BodyError::Kind
        );
        assert!(matches!(
            change(r#""seq":2"#, r#""seq":2.0"#),
            BodyError::Shape { .. }
        ));
        assert!(matches!(
            change(r#""seq":2"#, r#""seq":2,"seq":2"#),
            BodyError::Shape { .. }
        ));
        assert!(matches!(
            change(r#""method":"GET","#, ""),
            BodyError::Shape { .. }
        ));
        assert!(matches!(
            change(r#""v":1}"#, r#""v":1}}"#),
            BodyError::Shape { .. }
        ));
        assert!(matches!(
            change(r#""v":1}"#, r#""v":1"#),
            BodyError::Shape { .. }
        ));
    }

    #[test]
    fn text_from_outside_is_capped() {
        let long = "x".repeat(5000);
        let mut kinds = testdata::one_of_each_kind()
            .into_iter()
            .map(|event| event.kind);
        let mut started = kinds.next().unwrap();
        if let EventKind::SessionStarted(started) = &mut started {
            started.user_id.clone_from(&long);
            started.reason = Some(long.clone());
            started.actor.subject.clone_from(&long);
        }
        let mut outcome = kinds.nth(1).unwrap();
        if let EventKind::Outcome(outcome) = &mut outcome {
            outcome.notes = vec![
                Note {
                    name: long.clone(),
                    value: long.clone()
                };
                40
            ];
            outcome.reported = vec![long; 40];
        }
        for (kind, lengths) in [(started, vec![512, 2000]), (outcome, vec![64, 1024, 512])] {
            let id = EventId::from_bytes([1; 16]);
            let event = Event::new(
                testdata::session(),
                None,
                Timestamp::from_seconds(0),
                id,
                kind,
            );
            let body = event.to_body().unwrap();
            for length in lengths {
                // By `sha256sum`, of 5000 times x.
                let mark = "…[cut sha256:c59d3c0480cc2d71]";
                assert!(body.contains(&format!("{}{mark}\"", "x".repeat(length - mark.len()))));
            }
            assert!(!body.contains(&"x".repeat(2000)));
            assert!(body.len() < 60_000);
        }
    }
}
