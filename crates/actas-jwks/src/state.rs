use std::sync::Arc;
use std::time::Duration;

use actas_core::{Algorithm, KeySet};
use tokio::sync::watch;

use crate::absent::AbsentKeys;
use crate::budget::Budget;
use crate::fetch::{Fetched, Validators};
use crate::retries::Retries;
use crate::settings::Limits;

/// How long after its timeout a flight is given up that gave no sign: its runtime is not driven any more.
const OVERDUE: Duration = Duration::from_secs(1);

/// The keys of one issuer and what is known about fetching them: decides, and does no I/O.
///
/// A *flight* is one fetch. Flights are numbered as they depart, and at most one is in the air.
pub(crate) struct State {
    limits: Limits,
    held: Option<Held>,
    retries: Retries,
    budget: Budget,
    absent: AbsentKeys,
    flight: Option<Flight>,
    departed: u64,
    /// The number of the last flight that brought a set, or the word that it has not changed.
    landed: u64,
}

/// A key set and its times.
struct Held {
    keys: Arc<KeySet>,
    validators: Option<Arc<Validators>>,
    fetched_at: Duration,
    refresh_at: Duration,
    expires_at: Duration,
    /// Beyond this, no failure excuses the set any more.
    stale_at: Duration,
}

struct Flight {
    number: u64,
    departed_at: Duration,
    /// Whether it was paid for out of the budget for unknown keys.
    paid: bool,
    /// Closes when the flight is over, however it ended.
    over: watch::Receiver<()>,
}

/// A flight about to depart.
pub(crate) struct Departure {
    pub(crate) number: u64,
    pub(crate) validators: Option<Arc<Validators>>,
    /// To be dropped when the flight is over.
    pub(crate) over: watch::Sender<()>,
}

/// The key that somebody waits for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
}

/// What somebody who needs a key is to do.
pub(crate) enum Seek {
    /// Take the set. If the key is not in it, it is not the issuer's.
    Have(Arc<KeySet>),
    /// Wait for the flight that is in the air, and ask again.
    Join(watch::Receiver<()>),
    /// Begin a flight, wait for it, and ask again.
    Begin(Departure),
    /// The key cannot be looked up for this long.
    Unavailable(Duration),
}

/// What the path without a lock needs to know.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) keys: Arc<KeySet>,
    /// Until when the keys serve.
    pub(crate) serves_until: Duration,
    /// When a refresh may be due.
    pub(crate) look_at: Duration,
}

impl State {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            held: None,
            retries: Retries::default(),
            budget: Budget::new(&limits),
            absent: AbsentKeys::new(limits.unknown_key_interval),
            flight: None,
            departed: 0,
            landed: 0,
            limits,
        }
    }

    pub(crate) fn view(&self) -> Option<View> {
        let held = self.held.as_ref()?;
        let flight = self.flight.as_ref();
        let free_at = flight.map(|flight| self.overdue_at(flight));
        let look_at = free_at.unwrap_or_else(|| self.retries.due_at());
        Some(View {
            keys: Arc::clone(&held.keys),
            serves_until: self.serves_until(held),
            look_at: look_at.max(held.refresh_at),
        })
    }

    /// Flights that have departed so far: who comes now can rely on those with a greater number.
    pub(crate) fn departed(&self) -> u64 {
        self.departed
    }

    /// How long ago the issuer last confirmed the set.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        let held = self.held.as_ref()?;
        Some(now.saturating_sub(held.fetched_at))
    }

    /// Begins a flight if the set is to be refreshed and nothing speaks against it.
    pub(crate) fn begin_refresh(&mut self, now: Duration) -> Option<Departure> {
        let is_due = self
            .held
            .as_ref()
            .is_some_and(|held| now >= held.refresh_at);
        let is_possible = self.in_the_air(now).is_none() && self.retries.wait(now).is_none();
        (is_due && is_possible).then(|| self.depart(now, false))
    }

    /// Whether the key was looked up lately and is not the issuer's.
    pub(crate) fn is_absent(&self, wanted: Option<&Wanted>, now: Duration) -> bool {
        self.serving(now).is_some_and(|keys| match wanted {
            Some(wanted) => {
                !wanted.is_in(keys) && self.absent.holds(&wanted.kid, wanted.algorithm, now)
            }
            // Every key of a set has a `kid`.
            None => true,
        })
    }

    /// What to do for a key that is wanted since the flight `since` was the last to depart; for any set where none is.
    pub(crate) fn seek(&mut self, wanted: Option<&Wanted>, since: u64, now: Duration) -> Seek {
        let is_answered = self.landed > since;
        let keys = if is_answered {
            self.within_stale_limit(now)
        } else {
            self.serving(now)
        };
        let keys = keys.cloned();
        if let Some(keys) = &keys {
            let Some(wanted) = wanted else {
                return Seek::Have(Arc::clone(keys));
            };
            let is_there = wanted.is_in(keys);
            if is_answered && !is_there {
                self.absent.note(&wanted.kid, wanted.algorithm, now);
            }
            if is_there || is_answered || self.absent.holds(&wanted.kid, wanted.algorithm, now) {
                return Seek::Have(Arc::clone(keys));
            }
        }
        if let Some(flight) = self.in_the_air(now) {
            return Seek::Join(flight.over.clone());
        }
        if let Some(wait) = self.retries.wait(now) {
            return Seek::Unavailable(wait);
        }
        let is_paid = keys.is_some();
        if is_paid && let Err(wait) = self.budget.spend(now) {
            return Seek::Unavailable(wait);
        }
        Seek::Begin(self.depart(now, is_paid))
    }

    /// The set for somebody who waited for as long as can be waited: one that is no longer fresh is better than none, if
    /// it has the key.
    pub(crate) fn settle(&self, wanted: Option<&Wanted>, now: Duration) -> Option<Arc<KeySet>> {
        let keys = self.within_stale_limit(now)?;
        let serves = wanted.is_none_or(|wanted| wanted.is_in(keys));
        serves.then(|| Arc::clone(keys))
    }

    /// How long until the next fetch may be made after a failure.
    pub(crate) fn retry_wait(&self, now: Duration) -> Option<Duration> {
        self.retries.wait(now)
    }

    /// A flight brought something. It counts if it is the one in the air.
    pub(crate) fn land(&mut self, number: u64, fetched: Fetched, now: Duration, jitter: u8) {
        if !self.take_down(number) {
            return;
        }
        let (keys, validators, max_age) = match (fetched, self.held.take()) {
            (
                Fetched::KeySet {
                    keys,
                    validators,
                    max_age,
                },
                _,
            ) => {
                self.absent.clear();
                (keys, validators, max_age)
            }
            (Fetched::NotModified { max_age }, Some(held)) => (held.keys, held.validators, max_age),
            (Fetched::NotModified { .. }, None) => return,
        };
        let lifetime = self.limits.lifetime(max_age);
        let expires_at = now.saturating_add(lifetime);
        // Between a quarter and an eighth of the lifetime is left, so that a fleet does not ask all at once.
        let spread = lifetime.saturating_mul(jitter.into()).checked_div(8 * 256);
        let quarter = lifetime.checked_div(4).unwrap_or_default();
        let margin = quarter.saturating_sub(spread.unwrap_or_default());
        self.held = Some(Held {
            keys,
            validators,
            fetched_at: now,
            refresh_at: expires_at.saturating_sub(margin),
            expires_at,
            stale_at: expires_at.max(now.saturating_add(self.limits.stale_limit)),
        });
        self.retries.succeed();
        self.landed = number;
    }

    /// A flight failed. It counts if it is the one in the air.
    pub(crate) fn fail(
        &mut self,
        number: u64,
        retry_after: Option<Duration>,
        now: Duration,
        jitter: u8,
    ) {
        if self.take_down(number) {
            self.retries.fail(now, &self.limits, retry_after, jitter);
        }
    }

    /// A flight will never end: its runtime did.
    pub(crate) fn lose(&mut self, number: u64) {
        let was_paid = self.flight.as_ref().is_some_and(|flight| flight.paid);
        if self.take_down(number) && was_paid {
            self.budget.give_back();
        }
    }

    fn depart(&mut self, now: Duration, paid: bool) -> Departure {
        let (sender, receiver) = watch::channel(());
        self.departed = self.departed.saturating_add(1);
        self.flight = Some(Flight {
            number: self.departed,
            departed_at: now,
            paid,
            over: receiver,
        });
        Departure {
            number: self.departed,
            validators: self.held.as_ref().and_then(|held| held.validators.clone()),
            over: sender,
        }
    }

    fn take_down(&mut self, number: u64) -> bool {
        let is_it = self
            .flight
            .as_ref()
            .is_some_and(|flight| flight.number == number);
        if is_it {
            self.flight = None;
        }
        is_it
    }

    fn in_the_air(&self, now: Duration) -> Option<&Flight> {
        let flight = self.flight.as_ref()?;
        (now < self.overdue_at(flight)).then_some(flight)
    }

    fn overdue_at(&self, flight: &Flight) -> Duration {
        flight
            .departed_at
            .saturating_add(self.limits.fetch_timeout)
            .saturating_add(OVERDUE)
    }

    fn serving(&self, now: Duration) -> Option<&Arc<KeySet>> {
        let held = self.held.as_ref()?;
        (now < self.serves_until(held)).then_some(&held.keys)
    }

    fn within_stale_limit(&self, now: Duration) -> Option<&Arc<KeySet>> {
        let held = self.held.as_ref()?;
        (now < held.stale_at).then_some(&held.keys)
    }

    fn serves_until(&self, held: &Held) -> Duration {
        let excused_until = self.retries.excused_until().min(held.stale_at);
        held.expires_at.max(excused_until)
    }
}

impl Wanted {
    pub(crate) fn is_in(&self, keys: &KeySet) -> bool {
        keys.find(Some(&self.kid), self.algorithm).is_some()
    }
}

#[cfg(test)]
mod tests;
