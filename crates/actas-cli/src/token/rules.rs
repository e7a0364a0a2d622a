//! The rules that a token is judged by: what each finds in a token, and what it expects.
//!
//! Nothing here judges. The verifier names the rule that refused; those before it have passed, and those behind it were not
//! reached.

use actas_core::{Algorithm, ErrorKind};
use serde_json::Value;

use super::input::Input;
use super::moment::{moment, moment_from};
use super::parts::{Object, Parts};
use super::profile::Expected;
use super::shown::{Shown, capped};

/// Bytes of the largest token that a verifier takes by default.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// How many values of a list are told of.
const MAX_LIST: usize = 8;

/// What the rules are explained by.
pub(super) struct Facts<'a> {
    pub(super) input: &'a Input,
    pub(super) parts: &'a Parts<'a>,
    pub(super) shown: Shown<'a>,
    pub(super) expected: &'a Expected,
    pub(super) issuer: &'a str,
    /// What is expected of the token by the keys.
    pub(super) keys: &'a str,
    /// The time it is judged by, in seconds since the Unix epoch.
    pub(super) at: i64,
}

/// What became of a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    NotReached,
}

impl Outcome {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not_reached",
        }
    }
}

/// A rule, explained.
pub(super) struct Check {
    pub(super) rule: &'static str,
    pub(super) outcome: Outcome,
    pub(super) found: String,
    pub(super) expected: String,
}

struct Rule {
    kind: ErrorKind,
    found: fn(&Facts<'_>) -> String,
    expected: fn(&Facts<'_>) -> String,
}

/// In the order in which they are asked, which is that of the kinds.
const RULES: &[Rule] = &[
    Rule {
        kind: ErrorKind::TooLarge,
        found: |facts| {
            let more = if facts.input.is_cut { "at least " } else { "" };
            format!("{more}{} bytes", facts.input.text.len())
        },
        expected: |_| format!("at most {MAX_TOKEN_BYTES} bytes"),
    },
    Rule {
        kind: ErrorKind::Form,
        found: |facts| facts.parts.form.clone(),
        expected: |_| "3 parts in base64url".to_owned(),
    },
    Rule {
        kind: ErrorKind::Header,
        found: |facts| facts.names(facts.parts.header.as_ref()),
        expected: |_| {
            "a JSON object in which no name stands twice, alg is a string, and kid, typ and cat are strings or absent".to_owned()
        },
    },
    Rule {
        kind: ErrorKind::Algorithm,
        found: |facts| facts.header("alg"),
        expected: |facts| {
            one_of(
                facts
                    .expected
                    .algorithms
                    .iter()
                    .copied()
                    .map(Algorithm::name),
            )
        },
    },
    Rule {
        kind: ErrorKind::TokenType,
        found: |facts| facts.header("typ"),
        expected: |facts| match facts.expected.types.as_slice() {
            [] => "absent or JWT".to_owned(),
            types => listed(types.iter().map(String::as_str), " and "),
        },
    },
    Rule {
        kind: ErrorKind::Critical,
        found: |facts| {
            let (crit, b64) = (facts.header("crit"), facts.header("b64"));
            format!("crit {crit}, b64 {b64}")
        },
        expected: |_| "crit absent, b64 absent or true".to_owned(),
    },
    Rule {
        kind: ErrorKind::Category,
        found: |facts| facts.header("cat"),
        expected: |facts| {
            if facts.expected.has_category {
                "absent or Clerk's class of session tokens".to_owned()
            } else {
                "anything".to_owned()
            }
        },
    },
    Rule {
        kind: ErrorKind::UnknownKey,
        found: |facts| {
            let (kid, alg) = (facts.header("kid"), facts.header("alg"));
            format!("kid {kid}, alg {alg}")
        },
        expected: |facts| facts.keys.to_owned(),
    },
    Rule {
        kind: ErrorKind::Signature,
        found: |facts| match facts.parts.signature {
            Some(bytes) => format!("a signature of {bytes} bytes"),
            None => UNREADABLE.to_owned(),
        },
        expected: |_| "the key's signature of header and claims".to_owned(),
    },
    Rule {
        kind: ErrorKind::Claims,
        found: |facts| facts.names(facts.parts.claims.as_ref()),
        expected: |_| "a JSON object in which no name stands twice".to_owned(),
    },
    Rule {
        kind: ErrorKind::Issuer,
        found: |facts| facts.claim("iss"),
        expected: |facts| capped(facts.issuer),
    },
    Rule {
        kind: ErrorKind::Expired,
        found: |facts| facts.time("exp"),
        expected: |facts| {
            let earliest = facts.at.saturating_sub_unsigned(facts.expected.leeway);
            format!("later than {}, and before the year 10000", moment(earliest))
        },
    },
    Rule {
        kind: ErrorKind::NotYetValid,
        found: |facts| facts.time("nbf"),
        expected: |facts| facts.no_later(),
    },
    Rule {
        kind: ErrorKind::IssuedInFuture,
        found: |facts| facts.time("iat"),
        expected: |facts| facts.no_later(),
    },
    Rule {
        kind: ErrorKind::Audience,
        found: |facts| facts.claim("aud"),
        expected: |facts| match facts.expected.audiences.as_slice() {
            [] => "absent".to_owned(),
            audiences => one_of(audiences.iter().map(String::as_str)),
        },
    },
    Rule {
        kind: ErrorKind::AuthorizedParty,
        found: |facts| facts.claim("azp"),
        expected: |facts| match facts.expected.authorized_parties.as_slice() {
            [] => "absent or a non-empty string".to_owned(),
            parties => one_of(parties.iter().map(String::as_str)),
        },
    },
    Rule {
        kind: ErrorKind::Subject,
        found: |facts| facts.claim("sub"),
        expected: |_| "a non-empty string without NUL".to_owned(),
    },
    Rule {
        kind: ErrorKind::SessionId,
        found: |facts| facts.claim("sid"),
        expected: |facts| {
            let absent = if facts.expected.requires_session_id {
                ""
            } else {
                "absent or "
            };
            format!("{absent}a non-empty string")
        },
    },
    Rule {
        kind: ErrorKind::NotASession,
        found: |facts| {
            let names = facts.expected.separator_claims.iter();
            let claims: Vec<String> = names
                .map(|name| format!("{} {}", capped(name), facts.claim(name)))
                .collect();
            if claims.is_empty() {
                "its typ".to_owned()
            } else {
                claims.join(", ")
            }
        },
        expected: |facts| match facts.expected.separator.as_slice() {
            [] => "its typ".to_owned(),
            separator => listed(separator.iter().map(String::as_str), ", "),
        },
    },
    Rule {
        kind: ErrorKind::SessionPending,
        found: |facts| facts.claim("sts"),
        expected: |facts| {
            if facts.expected.pending_sessions {
                "absent, null, active or pending".to_owned()
            } else {
                "absent, null or active".to_owned()
            }
        },
    },
    Rule {
        kind: ErrorKind::Actor,
        found: |facts| facts.claim("act"),
        expected: |_| {
            "absent, null, or an object whose sub is a non-empty string, whose iss, where present, is one too, and whose act, where present, obeys the same rule, 8 deep at most"
                .to_owned()
        },
    },
];

const UNREADABLE: &str = "nothing that can be read";

/// The rules, where the token was refused by `refused`, or accepted.
pub(super) fn checks(facts: &Facts<'_>, refused: Option<ErrorKind>) -> Vec<Check> {
    let asked = refused.map(|kind| match kind {
        ErrorKind::KeysUnavailable => ErrorKind::UnknownKey,
        kind => kind,
    });
    let explained = |rule: &Rule| {
        let outcome = match asked {
            Some(kind) if kind == rule.kind => Outcome::Failed,
            Some(kind) if kind < rule.kind => Outcome::NotReached,
            _ => Outcome::Passed,
        };
        let kind = refused.filter(|_| outcome == Outcome::Failed);
        Check {
            rule: kind.unwrap_or(rule.kind).name(),
            outcome,
            found: (rule.found)(facts),
            expected: (rule.expected)(facts),
        }
    };
    RULES.iter().map(explained).collect()
}

impl Facts<'_> {
    fn header(&self, name: &str) -> String {
        self.member(self.parts.header.as_ref(), name)
    }

    fn claim(&self, name: &str) -> String {
        self.member(self.parts.claims.as_ref(), name)
    }

    fn member(&self, object: Option<&Object>, name: &str) -> String {
        match object {
            Some(object) => self.shown.value(object.get(name)),
            None => UNREADABLE.to_owned(),
        }
    }

    fn names(&self, object: Option<&Object>) -> String {
        match object {
            Some(object) if object.is_empty() => "an empty object".to_owned(),
            Some(object) => format!("an object of {}", self.shown.text(&object.names())),
            None => "no JSON object".to_owned(),
        }
    }

    fn time(&self, name: &str) -> String {
        let told = self.claim(name);
        let value = self
            .parts
            .claims
            .as_ref()
            .and_then(|claims| claims.get(name));
        match value.and_then(Value::as_f64) {
            Some(seconds) => format!("{told}: {}", moment_from(whole(seconds), self.at)),
            None => told,
        }
    }

    fn no_later(&self) -> String {
        let latest = self.at.saturating_add_unsigned(self.expected.leeway);
        format!("absent or no later than {}", moment(latest))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}

fn one_of<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> String {
    let prefix = if values.len() == 1 { "" } else { "one of " };
    format!("{prefix}{}", listed(values, ", "))
}

fn listed<'a>(values: impl ExactSizeIterator<Item = &'a str>, between: &str) -> String {
    let more = values.len().saturating_sub(MAX_LIST);
    let mut texts: Vec<String> = values.take(MAX_LIST).map(capped).collect();
    if more > 0 {
        texts.push(format!("{more} more"));
    }
    texts.join(between)
}
