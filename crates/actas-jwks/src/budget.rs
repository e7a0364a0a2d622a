use std::time::Duration;

use crate::settings::Limits;

/// What may be spent on fetches for unknown keys: one in an interval, and a burst after a time of rest.
///
/// Refreshes for other reasons cost nothing, so that a rotation right after one is looked up at once.
#[derive(Debug)]
pub(crate) struct Budget {
    interval: Duration,
    burst: u32,
    /// When the whole burst may be spent again.
    full_at: Duration,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            interval: limits.unknown_key_interval,
            burst: limits.unknown_key_burst,
            full_at: Duration::ZERO,
        }
    }

    /// Spends one fetch, or says how long to wait for one.
    pub(crate) fn spend(&mut self, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.max(now).saturating_add(self.interval);
        let earliest = full_at.saturating_sub(self.interval.saturating_mul(self.burst));
        if earliest > now {
            return Err(earliest.saturating_sub(now));
        }
        self.full_at = full_at;
        Ok(())
    }

    /// Gives back what was spent on a fetch that never ended.
    pub(crate) fn give_back(&mut self) {
        self.full_at = self.full_at.saturating_sub(self.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn budget(burst: u32) -> Budget {
        Budget::new(&Limits {
            unknown_key_interval: secs(10),
            unknown_key_burst: burst,
            ..Limits::default()
        })
    }

    #[test]
    fn one_in_an_interval() {
        let mut budget = budget(1);
        assert_eq!(budget.spend(secs(3)), Ok(()));
        assert_eq!(budget.spend(secs(3)), Err(secs(10)));
        assert_eq!(budget.spend(secs(12)), Err(secs(1)));
        assert_eq!(budget.spend(secs(13)), Ok(()));
        assert_eq!(budget.spend(secs(1000)), Ok(()));
        assert_eq!(budget.spend(secs(1000)), Err(secs(10)));
    }

    #[test]
    fn a_burst_after_rest() {
        let mut budget = budget(3);
        for _ in 0..2 {
            budget.spend(secs(0)).unwrap();
        }
        assert_eq!(budget.spend(secs(5)), Ok(()));
        assert_eq!(budget.spend(secs(5)), Err(secs(5)));
        assert_eq!(budget.spend(secs(10)), Ok(()));
        assert_eq!(budget.spend(secs(10)), Err(secs(10)));
        for _ in 0..3 {
            assert_eq!(budget.spend(secs(40)), Ok(()));
        }
        assert!(budget.spend(secs(40)).is_err());
    }

    #[test]
    fn what_is_given_back_can_be_spent() {
        let mut budget = budget(1);
        budget.spend(secs(7)).unwrap();
        budget.give_back();
        assert_eq!(budget.spend(secs(7)), Ok(()));
        assert_eq!(budget.spend(secs(7)), Err(secs(10)));
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        let mut budget = budget(u32::MAX);
        assert_eq!(budget.spend(Duration::MAX), Ok(()));
        assert_eq!(budget.spend(Duration::MAX), Ok(()));
    }
}
