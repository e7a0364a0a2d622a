use std::collections::BTreeMap;
use std::fmt;

use crate::ask::Kind;

/// Problems beyond which they are only counted.
const SHOWN: usize = 10;

/// What clients asked, and got.
#[derive(Default)]
pub(crate) struct Tally {
    answers: BTreeMap<(Kind, u16), u64>,
    pub(crate) problems: Vec<String>,
    more_problems: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, kind: Kind, status: u16) {
        *self.answers.entry((kind, status)).or_default() += 1;
    }

    pub(crate) fn note(&mut self, problem: String) {
        if self.problems.len() < SHOWN {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (answer, count) in other.answers {
            *self.answers.entry(answer).or_default() += count;
        }
        self.more_problems += other.more_problems;
        for problem in other.problems {
            self.note(problem);
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.answers.values().sum()
    }
}

/// One line for each kind.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kind in Kind::ALL {
            write!(f, "  {:<20}", format!("{kind:?}"))?;
            let of_kind = self.answers.iter().filter(|((of, _), _)| *of == kind);
            for ((_, status), count) in of_kind {
                write!(f, "  {status}: {count:>6}")?;
            }
            writeln!(f)?;
        }
        if self.more_problems > 0 {
            writeln!(f, "  and {} problems more", self.more_problems)?;
        }
        Ok(())
    }
}
