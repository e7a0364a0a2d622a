use std::sync::Arc;
use std::time::Duration;

use actas_core::KeySet;

use crate::fetch::{Answer, Fetched};
use crate::settings::Limits;

/// A key set and its times, which count from when it was asked for: how old it was when it came is not known.
pub(crate) struct Held {
    answer: Answer,
    fetched_at: Duration,
    refresh_at: Duration,
    expires_at: Duration,
    stale_at: Duration,
}

impl Held {
    pub(crate) fn new(fetched: Fetched, asked_at: Duration, limits: &Limits, jitter: u8) -> Self {
        let lifetime = limits.lifetime(fetched.answer.max_age, fetched.age);
        let expires_at = asked_at.saturating_add(lifetime);
        Self {
            answer: fetched.answer,
            fetched_at: asked_at,
            refresh_at: expires_at.saturating_sub(margin(lifetime, limits, jitter)),
            expires_at,
            stale_at: expires_at.max(asked_at.saturating_add(limits.stale_limit)),
        }
    }

    pub(crate) fn keys(&self) -> &Arc<KeySet> {
        &self.answer.keys
    }

    pub(crate) fn fetched_at(&self) -> Duration {
        self.fetched_at
    }

    pub(crate) fn refresh_at(&self) -> Duration {
        self.refresh_at
    }

    pub(crate) fn expires_at(&self) -> Duration {
        self.expires_at
    }

    /// Beyond this, no failure excuses the set any more.
    pub(crate) fn stale_at(&self) -> Duration {
        self.stale_at
    }

    /// What the issuer can be asked to compare with.
    pub(crate) fn comparable(&self) -> Option<Answer> {
        let has_validators = self.answer.validators.is_some();
        has_validators.then(|| self.answer.clone())
    }

    /// From now on the set is asked for whole.
    pub(crate) fn drop_validators(&mut self) {
        self.answer.validators = None;
    }
}

/// How long before its end a set is refreshed: between a quarter and an eighth of its lifetime, so that a fleet does not ask
/// all at once, and long enough for a fetch that fails slowly, but for half of the lifetime at most.
fn margin(lifetime: Duration, limits: &Limits, jitter: u8) -> Duration {
    let part = |of: u32| lifetime.checked_div(of).unwrap_or_default();
    let spread = part(8).saturating_mul(jitter.into()).checked_div(256);
    let slow = limits.flight_limit().saturating_add(part(8));
    let margin = part(4).max(slow).min(part(2));
    margin.saturating_sub(spread.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_is_a_part_of_the_lifetime_and_enough_for_a_fetch() {
        for (lifetime, fetch_timeout, jitter, expected) in [
            (600, 3, 0, 150_000),
            (600, 3, 128, 112_500),
            (600, 3, 255, 75_293),
            (60, 3, 0, 15_000),
            // No less than the 14 seconds after which a fetch is given up.
            (60, 13, 0, 21_500),
            (60, 13, 255, 14_030),
            (60, 30, 0, 30_000),
            (60, 30, 255, 22_530),
        ] {
            let limits = Limits {
                fetch_timeout: Duration::from_secs(fetch_timeout),
                ..Limits::default()
            };
            let margin = margin(Duration::from_secs(lifetime), &limits, jitter);
            let close = margin.abs_diff(Duration::from_millis(expected));
            assert!(close < Duration::from_millis(1), "{margin:?} {expected}");
        }
    }
}
