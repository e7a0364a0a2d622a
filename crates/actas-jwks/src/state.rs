use std::sync::Arc;
use std::time::Duration;

use actas_core::KeySet;
use tokio::sync::watch;

use crate::absent::AbsentKeys;
use crate::budget::Budget;
use crate::fetch::{Fetched, Question};
use crate::flight::{Departure, Flight};
use crate::held::Held;
use crate::retries::Retries;
use crate::settings::Limits;
use crate::wanted::Wanted;

/// The keys of one issuer and what is known about fetching them: decides, and does no I/O.
///
/// A *flight* is one fetch. Flights are numbered as they depart, and at most one is waited for.
pub(crate) struct State {
    limits: Limits,
    held: Option<Held>,
    retries: Retries,
    budget: Budget,
    absent: AbsentKeys,
    flight: Option<Flight>,
    departed: u64,
    landed: Landed,
}

/// The numbers of the last flights that brought a set, or the word that it has not changed.
#[derive(Default)]
struct Landed {
    any: u64,
    /// Of those that caches on the way were told not to answer.
    look_up: u64,
    /// Of those that brought the set as it was published when they departed: a key that is not in it was not the
    /// issuer's then.
    proof: u64,
    /// When the last of those departed.
    proof_at: Duration,
}

/// What somebody who needs a key is to do.
pub(crate) enum Seek {
    /// Take the set. If the key is not in it, it is not the issuer's.
    Have(Arc<KeySet>),
    /// Wait for the flight that is in the air, for this long at most, and ask again.
    Join(watch::Receiver<()>, Duration),
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
            landed: Landed::default(),
            limits,
        }
    }

    pub(crate) fn view(&self) -> Option<View> {
        let held = self.held.as_ref()?;
        let flight = self.flight.as_ref();
        let free_at = flight.map(|flight| flight.overdue_at);
        let look_at = free_at.unwrap_or_else(|| self.retries.due_at());
        Some(View {
            keys: Arc::clone(held.keys()),
            serves_until: self.serves_until(held),
            look_at: look_at.max(held.refresh_at()),
        })
    }

    /// Flights that have departed so far: who comes now can rely on those with a greater number.
    pub(crate) fn departed(&self) -> u64 {
        self.departed
    }

    /// How long ago the set was asked for that the issuer last gave or confirmed.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        let held = self.held.as_ref()?;
        Some(now.saturating_sub(held.fetched_at()))
    }

    /// Begins a flight if the set is to be refreshed and nothing speaks against it.
    pub(crate) fn begin_refresh(&mut self, now: Duration) -> Option<Departure> {
        let held = self.held.as_ref();
        let is_due = held.is_some_and(|held| now >= held.refresh_at());
        let is_possible = self.in_the_air(now).is_none() && self.retries.wait(now).is_none();
        (is_due && is_possible).then(|| self.depart(None, false, now))
    }

    /// Whether the key was looked up lately and is not the issuer's.
    pub(crate) fn is_absent(&self, wanted: Option<&Wanted>, now: Duration) -> bool {
        // Every key of a set has a `kid`.
        self.serving(now).is_some()
            && wanted.is_none_or(|wanted| self.was_looked_up_in_vain(wanted, now))
    }

    /// Whether there is a set that could serve, and it lacks the key.
    pub(crate) fn lacks(&self, wanted: &Wanted, now: Duration) -> bool {
        self.within_stale_limit(now)
            .is_some_and(|keys| !wanted.is_in(keys))
    }

    /// What to do for a key that is wanted since the flight `since` was the last to depart; for any set where none is.
    pub(crate) fn seek(&mut self, wanted: Option<&Wanted>, since: u64, now: Duration) -> Seek {
        let keys = if self.landed.any > since {
            self.within_stale_limit(now)
        } else {
            self.serving(now)
        };
        let keys = keys.cloned();
        if let Some(keys) = &keys {
            let Some(wanted) = wanted.filter(|wanted| !wanted.is_in(keys)) else {
                return Seek::Have(Arc::clone(keys));
            };
            let is_proved = self.landed.proof > since;
            if is_proved {
                self.absent
                    .note(&wanted.kid, wanted.algorithm, self.landed.proof_at);
            }
            if is_proved || self.was_looked_up_in_vain(wanted, now) {
                return Seek::Have(Arc::clone(keys));
            }
        }
        if let Some(flight) = self.in_the_air(now) {
            let wait = flight.overdue_at.saturating_sub(now);
            return Seek::Join(flight.over.subscribe(), wait);
        }
        if let Some(wait) = self.retries.wait(now) {
            return Seek::Unavailable(wait);
        }
        if self.landed.look_up > since {
            // A cache answered all the same, and would again.
            let wait = self.budget.wait(now);
            return Seek::Unavailable(wait.unwrap_or(self.limits.unknown_key_interval));
        }
        let is_paid = keys.is_some();
        if is_paid && let Err(wait) = self.budget.spend(now) {
            return Seek::Unavailable(wait);
        }
        Seek::Begin(self.depart(wanted, is_paid, now))
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
    pub(crate) fn land(&mut self, number: u64, mut fetched: Fetched, jitter: u8) {
        let Some(flight) = self.take_down(number) else {
            return;
        };
        self.landed.any = number;
        if flight.looks_up {
            self.landed.look_up = number;
        }
        if fetched.is_proof() {
            self.landed.proof = number;
            self.landed.proof_at = flight.departed_at;
        }
        if fetched.is_new {
            self.absent.clear();
        }
        if let Some(held) = &self.held
            && held.keys().has_keys_of(&fetched.answer.keys)
        {
            // The same generation: what was verified with these keys stays so.
            fetched.answer.keys = Arc::clone(held.keys());
        }
        let held = Held::new(fetched, flight.departed_at, &self.limits, jitter);
        self.held = Some(held);
        self.retries.succeed();
    }

    /// A flight failed. It counts if it is the one in the air.
    pub(crate) fn fail(
        &mut self,
        number: u64,
        retry_after: Option<Duration>,
        now: Duration,
        jitter: u8,
    ) {
        if self.take_down(number).is_none() {
            return;
        }
        self.retries.fail(now, &self.limits, retry_after, jitter);
        if let Some(held) = &mut self.held {
            // It may be the comparison that the server fails at.
            held.drop_validators();
        }
    }

    /// A flight will never end: its runtime did.
    pub(crate) fn lose(&mut self, number: u64) {
        if self.take_down(number).is_some_and(|flight| flight.is_paid) {
            self.budget.give_back();
        }
    }

    /// Takes the place of a flight that is overdue, and so wakes those who wait for that.
    fn depart(&mut self, wanted: Option<&Wanted>, is_paid: bool, now: Duration) -> Departure {
        let held = self.held.as_ref();
        let held = held.filter(|held| wanted.is_none_or(|wanted| wanted.is_in(held.keys())));
        let question = match held {
            Some(held) => Question::Refresh(held.comparable()),
            None => Question::LookUp,
        };
        let (over, waiting) = watch::channel(());
        self.departed = self.departed.saturating_add(1);
        self.flight = Some(Flight {
            number: self.departed,
            departed_at: now,
            overdue_at: now.saturating_add(self.limits.flight_limit()),
            looks_up: matches!(question, Question::LookUp),
            is_paid,
            excuses: self.retries.has_failed() && self.serving(now).is_some(),
            over,
        });
        Departure {
            number: self.departed,
            question,
            over: waiting,
        }
    }

    fn take_down(&mut self, number: u64) -> Option<Flight> {
        self.flight.take_if(|flight| flight.number == number)
    }

    fn in_the_air(&self, now: Duration) -> Option<&Flight> {
        let flight = self.flight.as_ref()?;
        (now < flight.overdue_at).then_some(flight)
    }

    /// As long as the budget would have to be waited for: after that the key is looked up anew, since it may have been
    /// published.
    fn was_looked_up_in_vain(&self, wanted: &Wanted, now: Duration) -> bool {
        self.budget.wait(now).is_some() && self.absent.holds(&wanted.kid, wanted.algorithm, now)
    }

    fn serving(&self, now: Duration) -> Option<&Arc<KeySet>> {
        let held = self.held.as_ref()?;
        (now < self.serves_until(held)).then_some(held.keys())
    }

    fn within_stale_limit(&self, now: Duration) -> Option<&Arc<KeySet>> {
        let held = self.held.as_ref()?;
        (now < held.stale_at()).then_some(held.keys())
    }

    /// The end of the set, put off by the last failure, and by the attempt that followed it before it was reached.
    fn serves_until(&self, held: &Held) -> Duration {
        let attempt = self.flight.as_ref().filter(|flight| flight.excuses);
        let attempt = attempt.map_or(Duration::ZERO, |flight| flight.overdue_at);
        let excused_until = self.retries.excused_until().max(attempt);
        held.expires_at().max(excused_until.min(held.stale_at()))
    }
}

#[cfg(test)]
mod tests;
