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

    /// How long to wait for a fetch, where one cannot be had now.
    pub(crate) fn wait(&self, now: Duration) -> Option<Duration> {
        let debt = self.full_at.saturating_sub(now);
        let room = self.interval.saturating_mul(self.burst.saturating_sub(1));
        let wait = debt.saturating_sub(room);
        (!wait.is_zero()).then_some(wait)
    }

    /// Spends one fetch, or says how long to wait for one.
    pub(crate) fn spend(&mut self, now: Duration) -> Result<(), Duration> {
        if let Some(wait) = self.wait(now) {
            return Err(wait);
        }
        self.full_at = self.full_at.max(now).saturating_add(self.interval);
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
        for burst in [1, 3] {
            let mut budget = budget(burst);
            for _ in 0..burst {
                budget.spend(secs(7)).unwrap();
            }
            budget.give_back();
            assert_eq!(budget.wait(secs(7)), None);
            assert_eq!(budget.spend(secs(7)), Ok(()));
            assert_eq!(budget.wait(secs(7)), Some(secs(10)));
            assert_eq!(budget.spend(secs(7)), Err(secs(10)));
        }
    }

    #[test]
    fn an_interval_without_end_allows_the_burst_alone() {
        for (interval, burst) in [(Duration::MAX, 1), (Duration::MAX / 2, 2)] {
            let mut budget = Budget::new(&Limits {
                unknown_key_interval: interval,
                unknown_key_burst: burst,
                ..Limits::default()
            });
            for _ in 0..burst {
                assert_eq!(budget.spend(secs(5)), Ok(()), "{interval:?}");
            }
            for later in [secs(5), secs(1_000_000)] {
                assert!(budget.spend(later).is_err(), "{interval:?}");
            }
        }
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        let mut budget = budget(u32::MAX);
        budget.spend(Duration::MAX).unwrap();
        assert_eq!(budget.full_at, Duration::MAX);
        budget.give_back();
        assert_eq!(budget.full_at.saturating_add(secs(10)), Duration::MAX);
    }
}
