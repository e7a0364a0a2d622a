//! How an explanation is printed.

use actas_core::Error;
use serde_json::{Value, json};

use super::moment::moment;
use super::rules::Check;
use super::session::Told;
use crate::output;

/// A token, explained.
pub(super) struct Explanation {
    /// The session, the refusal, or why neither is known.
    pub(super) verdict: Verdict,
    pub(super) checks: Vec<Check>,
    pub(super) notes: Vec<String>,
    /// The time it is judged by, in seconds since the Unix epoch.
    pub(super) at: i64,
}

pub(super) enum Verdict {
    Accepted(Told),
    Refused(Error),
    Unknown(Error),
}

impl Explanation {
    pub(super) fn print(&self, is_json: bool) {
        if is_json {
            output::print_json(&self.json());
        } else {
            output::print(&self.lines());
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![match &self.verdict {
            Verdict::Accepted(told) => format!("accepted: {}", told.summary),
            Verdict::Refused(error) => format!("refused: {error}"),
            Verdict::Unknown(error) => format!("cannot be told: {error}"),
        }];
        if let Verdict::Accepted(told) = &self.verdict {
            let details = told.lines.iter();
            lines.extend(details.map(|(name, text)| format!("{name:<10} {text}")));
        }
        lines.push(format!("{:<10} {}", "judged as", moment(self.at)));
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines.push(String::new());
        for check in &self.checks {
            let outcome = check.outcome.name().replace('_', " ");
            lines.push(format!(
                "{outcome:<12} {:<17} {}; expected: {}",
                check.rule, check.found, check.expected
            ));
        }
        lines
    }

    fn json(&self) -> Value {
        let (accepted, error, session) = match &self.verdict {
            Verdict::Accepted(told) => (Some(true), None, Some(&told.json)),
            Verdict::Refused(error) => (Some(false), Some(error), None),
            Verdict::Unknown(error) => (None, Some(error), None),
        };
        let checks = self.checks.iter().map(|check| {
            json!({
                "rule": check.rule,
                "result": check.outcome.name(),
                "found": check.found,
                "expected": check.expected,
            })
        });
        json!({
            "accepted": accepted,
            "rule": error.map(|error| error.kind().name()),
            "reason": error.map(ToString::to_string),
            "judged_at": moment(self.at),
            "session": session,
            "checks": checks.collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

/// Says why nothing can be said.
pub(super) fn failed(message: &str, is_json: bool) {
    if is_json {
        output::print_json(&json!({"accepted": null, "error": message}));
    } else {
        output::failed(message, false);
    }
}
