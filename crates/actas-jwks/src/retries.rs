use std::time::Duration;

use crate::settings::Limits;

/// When to try again after a failure.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    failures: u32,
    retry_at: Duration,
    excused_until: Duration,
}

impl Retries {
    /// Counts a failure. The wait doubles with each, less up to a half of it by `jitter` (0 to 255), and is not shorter
    /// than what the server asks for, up to the greatest back-off.
    pub(crate) fn fail(
        &mut self,
        now: Duration,
        limits: &Limits,
        retry_after: Option<Duration>,
        jitter: u8,
    ) {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let full = limits
            .first_backoff
            .saturating_mul(factor)
            .min(limits.max_backoff);
        let less = full.saturating_mul(jitter.into()).checked_div(512);
        let asked = retry_after.unwrap_or_default().min(limits.max_backoff);
        let wait = full.saturating_sub(less.unwrap_or_default()).max(asked);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now.saturating_add(wait);
        self.excused_until = self.retry_at.saturating_add(limits.max_backoff);
    }

    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }

    /// Whether nothing has succeeded since the last failure.
    pub(crate) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// How long until the next attempt may be made, where that is not now.
    pub(crate) fn wait(&self, now: Duration) -> Option<Duration> {
        let wait = self.retry_at.saturating_sub(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// When the next attempt is due.
    pub(crate) fn due_at(&self) -> Duration {
        self.retry_at
    }

    /// Until when the last failure excuses a set that is no longer fresh: as long as attempts follow one another.
    pub(crate) fn excused_until(&self) -> Duration {
        self.excused_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_wait_doubles_up_to_its_greatest() {
        let limits = Limits::default();
        let mut retries = Retries::default();
        assert_eq!(retries.wait(secs(0)), None);
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            retries.fail(secs(100), &limits, None, 0);
            assert_eq!(retries.wait(secs(100)), Some(secs(expected)));
        }
        for _ in 0..100 {
            retries.fail(secs(100), &limits, None, 0);
        }
        assert_eq!(retries.due_at(), secs(160));
        assert_eq!(retries.wait(secs(160)), None);
        assert_eq!(retries.excused_until(), secs(220));
        assert!(retries.has_failed());
        retries.succeed();
        assert!(!retries.has_failed());
        assert_eq!(retries.wait(secs(100)), None);
        assert_eq!(retries.excused_until(), secs(0));
        retries.fail(secs(0), &limits, None, 0);
        assert_eq!(retries.due_at(), secs(1));
    }

    #[test]
    fn jitter_takes_up_to_a_half() {
        let limits = Limits::default();
        for jitter in [0, 1, 128, 255] {
            let mut retries = Retries::default();
            retries.fail(secs(0), &limits, None, jitter);
            let less = secs(1) * u32::from(jitter) / 512;
            assert_eq!(retries.due_at() + less, secs(1));
            assert!(retries.due_at() > secs(1) / 2);
        }
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait_within_bounds() {
        let limits = Limits::default();
        for (asked, expected) in [(0, 1), (1, 1), (30, 30), (3600, 60), (u64::MAX, 60)] {
            let mut retries = Retries::default();
            retries.fail(secs(0), &limits, Some(secs(asked)), 0);
            assert_eq!(retries.due_at(), secs(expected), "{asked}");
        }
    }
}
