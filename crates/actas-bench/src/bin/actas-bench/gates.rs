use std::path::Path;
use std::process::ExitCode;

use actas_bench::{Case, all};
use serde::Deserialize;

use crate::counts::{Counts, load};

/// What a count may be beyond its limit before it fails: toolchains and libraries differ by as much.
const TOLERANCE: f64 = 1.03;

/// A limit of what a case may cost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gate {
    pub(crate) what: String,
    pub(crate) case: String,
    /// What its counts are held against. Without it, they are held against nothing and the limits are counts.
    #[serde(default)]
    of: Option<String>,
    /// At most so many, or so many times those of the other.
    #[serde(default)]
    instructions: Option<f64>,
    /// At most so many, or so many more than the other.
    #[serde(default)]
    allocations: Option<f64>,
    /// Where the limit of instructions is not reached: what is, and why.
    #[serde(default)]
    pub(crate) reached: Option<Reached>,
}

/// What takes the place of a limit that is not reached, so that it does not become worse.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reached {
    instructions: f64,
    pub(crate) because: String,
}

/// One limit, and what was counted.
pub(crate) struct Verdict {
    pub(crate) limit: String,
    pub(crate) counted: String,
    pub(crate) met: bool,
    /// Whether it is beyond its limit, or where that is not reached, beyond what was, by more than the tolerance.
    failed: bool,
}

pub(crate) fn all_gates() -> Vec<Gate> {
    serde_json::from_str(include_str!("../../../gates.json")).unwrap()
}

/// The cases that a gate needs.
pub(crate) fn cases() -> Vec<Case> {
    let gates = all_gates();
    let named = |case: &Case| {
        let name = case.name();
        gates
            .iter()
            .any(|gate| gate.case == name || gate.of.as_ref() == Some(&name))
    };
    all().into_iter().filter(named).collect()
}

pub(crate) fn check(directory: &Path) -> ExitCode {
    let counts = load(directory);
    let mut failed = false;
    for gate in all_gates() {
        for verdict in gate.verdicts(&counts) {
            let word = match (verdict.met, verdict.failed) {
                (true, _) => "met   ",
                (false, false) => "above ",
                (false, true) => "FAILED",
            };
            println!(
                "{word} {}: {}, at most {}",
                gate.what, verdict.counted, verdict.limit
            );
            failed |= verdict.failed;
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

impl Gate {
    /// One for each limit: first the instructions, where they were counted.
    pub(crate) fn verdicts(&self, counts: &Counts) -> Vec<Verdict> {
        let count = counts[&self.case];
        let other = self.of.as_ref().map(|name| counts[name]);
        let mut verdicts = Vec::new();
        if let (Some(limit), Some(instructions)) = (self.instructions, count.instructions) {
            let other = other.and_then(|other| other.instructions);
            let value = other.map_or(instructions, |other| instructions / other);
            let write = |value: f64| match other {
                Some(_) => format!("{value:.3} × the instructions"),
                None => format!("{value:.0} instructions"),
            };
            let reached = self.reached.as_ref().map(|reached| reached.instructions);
            verdicts.push(Verdict::new(value, limit, reached, write));
        }
        if let Some(limit) = self.allocations {
            let value = other.map_or(count.allocations, |other| {
                count.allocations - other.allocations
            });
            let write = |value: f64| match other {
                Some(_) => format!("{value:+} allocations"),
                None => format!("{value} allocations"),
            };
            verdicts.push(Verdict::new(value, limit, None, write));
        }
        verdicts
    }
}

impl Verdict {
    fn new(value: f64, limit: f64, reached: Option<f64>, write: impl Fn(f64) -> String) -> Self {
        Self {
            limit: write(limit),
            counted: write(value),
            met: value <= limit,
            failed: value > reached.unwrap_or(limit) * TOLERANCE,
        }
    }
}
