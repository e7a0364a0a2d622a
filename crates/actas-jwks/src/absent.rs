use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use actas_core::Algorithm;

/// Entries beyond which none is added.
const MAX_ENTRIES: usize = 1024;

/// Keys that were looked up and are not in the set at hand: for an interval at most, since they may be published yet.
///
/// It holds keyed hashes of 64 bits, so that nobody fills it with long names.
#[derive(Debug)]
pub(crate) struct AbsentKeys {
    interval: Duration,
    entries: HashSet<u64>,
    hasher: RandomState,
    /// When the set was asked for that the first of the entries was not in.
    since: Duration,
}

impl AbsentKeys {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval,
            entries: HashSet::new(),
            hasher: RandomState::new(),
            since: Duration::ZERO,
        }
    }

    /// Notes that the key is not in the set that was asked for at `asked_at`.
    pub(crate) fn note(&mut self, kid: &str, algorithm: Algorithm, asked_at: Duration) {
        if self.is_over(asked_at) {
            self.entries.clear();
        }
        if self.entries.is_empty() {
            self.since = asked_at;
        }
        // Who waited may notice late.
        self.since = self.since.min(asked_at);
        if self.entries.len() < MAX_ENTRIES {
            self.entries.insert(self.hasher.hash_one((kid, algorithm)));
        }
    }

    pub(crate) fn holds(&self, kid: &str, algorithm: Algorithm, now: Duration) -> bool {
        !self.is_over(now)
            && self
                .entries
                .contains(&self.hasher.hash_one((kid, algorithm)))
    }

    /// Forgets all: another set is at hand.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.since) >= self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALG: Algorithm = Algorithm::EdDsa;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_entry_is_of_a_kid_and_algorithm_and_ends() {
        let mut absent = AbsentKeys::new(secs(10));
        absent.note("a", ALG, secs(100));
        assert!(absent.holds("a", ALG, secs(100)));
        assert!(absent.holds("a", ALG, secs(109)));
        assert!(!absent.holds("a", ALG, secs(110)));
        assert!(!absent.holds("a", Algorithm::Rs256, secs(100)));
        assert!(!absent.holds("A", ALG, secs(100)));
        absent.note("b", ALG, secs(110));
        assert!(!absent.holds("a", ALG, secs(110)));
        assert!(absent.holds("b", ALG, secs(119)));
        absent.clear();
        assert!(!absent.holds("b", ALG, secs(110)));
    }

    #[test]
    fn a_steady_stream_keeps_no_entry_alive() {
        let mut absent = AbsentKeys::new(secs(10));
        for second in 100..110 {
            absent.note(&second.to_string(), ALG, secs(second));
            assert!(absent.holds("100", ALG, secs(second)));
        }
        absent.note("110", ALG, secs(110));
        assert!(!absent.holds("100", ALG, secs(110)));
        assert!(!absent.holds("109", ALG, secs(110)));
        assert!(absent.holds("110", ALG, secs(110)));
    }

    #[test]
    fn an_entry_is_as_old_as_the_set_it_is_not_in() {
        let mut absent = AbsentKeys::new(secs(10));
        absent.note("late", ALG, secs(105));
        absent.note("later", ALG, secs(100));
        assert!(absent.holds("later", ALG, secs(109)));
        assert!(!absent.holds("later", ALG, secs(110)));
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let mut absent = AbsentKeys::new(secs(10));
        for number in 0..10 * MAX_ENTRIES {
            absent.note(&number.to_string(), ALG, secs(1));
        }
        assert_eq!(absent.entries.len(), MAX_ENTRIES);
        assert!(absent.holds("0", ALG, secs(1)));
        assert!(!absent.holds(&MAX_ENTRIES.to_string(), ALG, secs(1)));
    }
}
