//! Any record that is written holds, and any one change to a line of its file is found.

use proptest::prelude::*;

use crate::file::{judged, keyed};
use crate::support::log::Log;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Copy, Debug)]
enum Step {
    Request(usize),
    End(usize),
    Close(usize),
    Prune(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    prop_oneof![
        4 => name.clone().prop_map(Step::Request),
        1 => name.clone().prop_map(Step::End),
        2 => name.clone().prop_map(Step::Close),
        1 => name.prop_map(Step::Prune),
    ]
}

/// Follows the steps as far as a store would.
fn record(steps: &[Step]) -> Log {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Unknown,
        Open,
        Closed,
    }

    let mut log = Log::new();
    let mut states = [State::Unknown; NAMES.len()];
    let open = |log: &mut Log, states: &mut [State], at: usize| {
        if states[at] == State::Unknown {
            log.open(NAMES[at]);
        }
        states[at] = State::Open;
    };
    for step in steps {
        match *step {
            Step::Request(at) => {
                open(&mut log, &mut states, at);
                log.request(NAMES[at]);
            }
            Step::End(at) => {
                open(&mut log, &mut states, at);
                log.end(NAMES[at]);
            }
            Step::Close(at) if states[at] == State::Open => {
                log.close(NAMES[at]);
                states[at] = State::Closed;
            }
            Step::Prune(at) if states[at] == State::Closed => {
                log.prune(NAMES[at]);
                states[at] = State::Unknown;
            }
            Step::Close(_) | Step::Prune(_) => (),
        }
    }
    log
}

#[derive(Clone, Copy, Debug)]
enum Mutation {
    /// One bit of one byte.
    Flip(prop::sample::Index, u8),
    Delete,
    Duplicate,
    SwapWithNext,
    /// With any other line.
    Swap(prop::sample::Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        4 => (any::<prop::sample::Index>(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        1 => Just(Mutation::Delete),
        1 => Just(Mutation::Duplicate),
        1 => Just(Mutation::SwapWithNext),
        1 => any::<prop::sample::Index>().prop_map(Mutation::Swap),
    ]
}

fn mutate(text: &str, line: prop::sample::Index, mutation: Mutation) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    let at = line.index(lines.len());
    match mutation {
        Mutation::Flip(byte, bit) => {
            let byte = byte.index(lines[at].len());
            lines[at][byte] ^= 1 << bit;
        }
        Mutation::Delete => drop(lines.remove(at)),
        Mutation::Duplicate => lines.insert(at, lines[at].clone()),
        Mutation::SwapWithNext => {
            let next = (at + 1) % lines.len();
            lines.swap(at, next);
        }
        Mutation::Swap(other) => {
            let other = other.index(lines.len());
            lines.swap(at, other);
        }
    }
    lines.join(&b'\n')
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_holds(steps in prop::collection::vec(step(), 0..40)) {
        let log = record(&steps);
        prop_assert!(judged(log.export(), keyed(&log)).is_ok());
    }

    #[test]
    fn one_change_is_found(
        steps in prop::collection::vec(step(), 1..24),
        changes in prop::collection::vec((any::<prop::sample::Index>(), mutation()), 24),
    ) {
        let log = record(&steps);
        let text = log.export();
        for (line, mutation) in changes {
            let changed = mutate(&text, line, mutation);
            if changed != text.trim_end().as_bytes() {
                prop_assert!(judged(&changed, keyed(&log)).is_err(), "{}", String::from_utf8_lossy(&changed));
            }
        }
    }
}
