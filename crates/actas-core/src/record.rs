//! What is written into the record of a request while the request runs.

use std::fmt;
use std::mem;
#[cfg(feature = "ended")]
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(feature = "ended")]
use crate::session_end::SessionEnd;

/// Notes that one request may add to its record.
const MAX_NOTES: usize = 32;
/// Bytes of a note's name.
const MAX_NOTE_NAME: usize = 64;
/// Bytes of a note's value.
const MAX_NOTE_VALUE: usize = 1024;
/// What a text ends with that was cut.
const CUT: &str = "…[cut]";

/// The name of the rule that a proof of direct use is asked for, as it stands in audit records.
const DIRECT: &str = "direct";

/// Verdicts of rules that only report, kept for one request.
const MAX_REPORTS: usize = 32;

/// The open record of one impersonated request, shared by all that write into it.
pub(crate) struct Record {
    id: String,
    #[cfg(feature = "ended")]
    session_end: Option<Arc<dyn SessionEnd>>,
    marks: Mutex<Marks>,
}

/// What the request's guards and its handler left in the record.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) denied_by: Option<&'static str>,
    pub(crate) reported: Vec<&'static str>,
    pub(crate) notes: Vec<Note>,
    /// The proof that nobody acts was asked for, and could not be given.
    unproven: bool,
    closed: bool,
}

impl Marks {
    /// Says what a missing proof did: unlike a guard's denial, the handler that asked for it can go on without, and `ran`
    /// tells whether it did.
    pub(crate) fn weigh_proof(&mut self, ran: bool) {
        if !self.unproven || self.denied_by.is_some() {
            return;
        }
        if ran {
            self.reported.push(DIRECT);
        } else {
            self.denied_by = Some(DIRECT);
        }
    }
}

/// Something that the application adds to the record of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// What it is about: `invoice`. At most 64 bytes.
    pub name: String,
    /// What is noted. At most 1,024 bytes.
    pub value: String,
}

impl Record {
    pub(crate) fn new(id: String) -> Self {
        Self {
            id,
            #[cfg(feature = "ended")]
            session_end: None,
            marks: Mutex::default(),
        }
    }

    /// The same, which hears by `session_end` of an early end of the session.
    #[cfg(feature = "ended")]
    pub(crate) fn with_session_end(mut self, session_end: Option<Arc<dyn SessionEnd>>) -> Self {
        self.session_end = session_end;
        self
    }

    /// How an early end of the session is heard of.
    #[cfg(feature = "ended")]
    pub(crate) fn session_end(&self) -> Option<&dyn SessionEnd> {
        self.session_end.as_deref()
    }

    /// What the sink knows the request by.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether something can still be added.
    pub(crate) fn is_open(&self) -> bool {
        !self.marks().closed
    }

    /// The first rule that denies stands for the decision: what comes after it does not run.
    pub(crate) fn deny(&self, rule: &'static str) {
        self.marks().denied_by.get_or_insert(rule);
    }

    /// The proof that nobody acts was asked for.
    pub(crate) fn deny_proof(&self) {
        self.marks().unproven = true;
    }

    pub(crate) fn report(&self, rule: &'static str) {
        let mut marks = self.marks();
        if marks.reported.len() < MAX_REPORTS && !marks.reported.contains(&rule) {
            marks.reported.push(rule);
        }
    }

    pub(crate) fn note(&self, mut name: String, mut value: String) {
        cut(&mut name, MAX_NOTE_NAME);
        cut(&mut value, MAX_NOTE_VALUE);
        let mut marks = self.marks();
        let lost = if marks.closed {
            "a note came after its request had ended, and is not recorded: carry an AuditContext instead"
        } else if marks.notes.len() >= MAX_NOTES {
            "a request has more notes than its record takes, and this one is not recorded"
        } else {
            marks.notes.push(Note { name, value });
            return;
        };
        tracing::warn!(request = self.id, note = ?name, "{lost}");
    }

    /// Takes what is there. Nothing can be added afterwards.
    pub(crate) fn close(&self) -> Marks {
        let mut marks = self.marks();
        let closed = Marks {
            closed: true,
            ..Marks::default()
        };
        mem::replace(&mut *marks, closed)
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        // No holder of the lock can leave it half written.
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Cuts `text` to at most `bytes`, the mark included, between two characters.
fn cut(text: &mut String, bytes: usize) {
    if text.len() <= bytes {
        return;
    }
    let mut ends = (0..=bytes.saturating_sub(CUT.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
    text.push_str(CUT);
    // What was cut off is not kept until the response ends.
    text.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_denial_decides_and_a_report_is_kept_once() {
        let record = Record::new("r".to_owned());
        record.report("sensitive");
        record.report("sensitive");
        record.deny("deny_when_impersonated");
        record.deny("read_only_when_impersonated");
        let marks = record.close();
        assert_eq!(marks.denied_by, Some("deny_when_impersonated"));
        assert_eq!(marks.reported, ["sensitive"]);
    }

    #[test]
    fn a_missing_proof_denies_what_did_not_run() {
        let weighed = |guard: Option<&'static str>, ran| {
            let record = Record::new("r".to_owned());
            record.deny_proof();
            if let Some(rule) = guard {
                record.deny(rule);
            }
            let mut marks = record.close();
            marks.weigh_proof(ran);
            (marks.denied_by, marks.reported)
        };
        assert_eq!(weighed(None, false), (Some("direct"), vec![]));
        assert_eq!(weighed(None, true), (None, vec!["direct"]));
        for ran in [false, true] {
            let denied = weighed(Some("sensitive"), ran);
            assert_eq!(denied, (Some("sensitive"), vec![]));
        }
    }

    #[test]
    fn a_note_that_is_too_long_is_cut_between_two_characters() {
        let noted = |name: &str, value: &str| {
            let record = Record::new("r".to_owned());
            record.note(name.to_owned(), value.to_owned());
            let note = record.close().notes.remove(0);
            (note.name, note.value)
        };
        let (name, value) = ("n".repeat(64), "v".repeat(1024));
        assert_eq!(noted(&name, &value), (name.clone(), value.clone()));

        let (name, value) = noted(&format!("{name}n"), &format!("{value}v"));
        assert_eq!(name, format!("{}…[cut]", "n".repeat(56)));
        assert_eq!(value, format!("{}…[cut]", "v".repeat(1016)));
        // Byte 56 is the second one of a character.
        let (name, value) = noted(&format!("n{}", "ë".repeat(40)), &"v".repeat(1 << 20));
        assert_eq!(name, format!("n{}…[cut]", "ë".repeat(27)));
        assert_eq!(value.len(), 1024);
        assert!(value.capacity() < 2048);
    }

    #[test]
    fn notes_are_bounded_and_end_with_the_request() {
        let record = Record::new("r".to_owned());
        for number in 0..100 {
            record.note("n".to_owned(), number.to_string());
        }
        let marks = record.close();
        assert_eq!(marks.notes.len(), MAX_NOTES);
        assert_eq!(marks.notes[0].value, "0");
        record.note("late".to_owned(), String::new());
        assert!(record.close().notes.is_empty());
    }
}
