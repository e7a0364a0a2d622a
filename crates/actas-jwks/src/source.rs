use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Duration;

use actas_core::{ConfigError, Error, Generation, KeySet};
use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::fetch::Fetcher;
use crate::flight::Departure;
use crate::pilot::{End, Pilot};
use crate::settings::Settings;
use crate::state::{Seek, State, View};
use crate::telemetry::{self, UnknownKey};
use crate::ticks::Ticks;
use crate::wanted::Wanted;

/// How often somebody who waits asks anew: twice for an answer, and for each runtime that ends or stalls meanwhile.
const MAX_ROUNDS: u32 = 8;

/// What all clones share.
pub(crate) struct Source {
    settings: Settings,
    fetcher: OnceLock<Arc<Fetcher>>,
    state: Mutex<State>,
    view: ArcSwapOption<View>,
    /// Closes when the last clone is dropped, which ends the flight in the air.
    alive: watch::Sender<()>,
}

impl Source {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            fetcher: OnceLock::new(),
            state: Mutex::new(State::new(settings.limits)),
            view: ArcSwapOption::empty(),
            alive: watch::Sender::new(()),
            settings,
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.fetcher.get().map(|fetcher| fetcher.host())
    }

    pub(crate) fn bind(&self, issuer: &str, key_set_url: Option<&str>) -> Result<(), ConfigError> {
        let settings = &self.settings;
        settings.limits.check()?;
        let allow_http = settings.allow_http_to_loopback;
        let endpoint = settings.place.judge(issuer, key_set_url, allow_http)?;
        let fetcher = if let Some(fetcher) = self.fetcher.get() {
            fetcher
        } else {
            let fetcher = Fetcher::new(settings, endpoint.clone())?;
            self.fetcher.get_or_init(|| Arc::new(fetcher))
        };
        if *fetcher.endpoint() == endpoint {
            return Ok(());
        }
        Err(ConfigError::Setting {
            name: "issuer of keys that already serve another one: give each its own RemoteKeys",
            value: issuer.to_owned(),
        })
    }

    /// The keys, where they serve without waiting. Without a lock, unless a refresh is due.
    pub(crate) fn current(self: &Arc<Self>) -> Option<Arc<KeySet>> {
        self.serving(Arc::clone)
    }

    pub(crate) fn generation(self: &Arc<Self>) -> Option<Generation> {
        self.serving(|keys| keys.generation())
    }

    /// What `read` finds in the keys that serve now; they are refreshed in the background where that is due.
    fn serving<T>(self: &Arc<Self>, read: impl FnOnce(&Arc<KeySet>) -> T) -> Option<T> {
        let view = self.view.load();
        let view = view.as_ref()?;
        let now = self.settings.ticks.now();
        if now >= view.serves_until {
            return None;
        }
        if now >= view.look_at {
            self.refresh_in_background(now);
        }
        Some(read(&view.keys))
    }

    /// The number of flights that have departed so far, or `None` when the key is known to be absent.
    pub(crate) fn ask(&self, wanted: Option<&Wanted>) -> Option<u64> {
        let state = self.state();
        if state.is_absent(wanted, self.settings.ticks.now()) {
            drop(state);
            telemetry::unknown_key(self.host().unwrap_or_default(), UnknownKey::Absent);
            return None;
        }
        Some(state.departed())
    }

    /// The number of flights that have departed so far.
    pub(crate) fn departed(&self) -> u64 {
        self.state().departed()
    }

    /// Waits for the wanted key, or for any keys where none is wanted, that flights after `since` bring.
    pub(crate) async fn wait(
        self: Arc<Self>,
        wanted: Option<Wanted>,
        since: u64,
    ) -> Result<Arc<KeySet>, Error> {
        let (Some(fetcher), Ok(runtime)) = (self.fetcher.get(), Handle::try_current()) else {
            telemetry::misplaced();
            return Err(Error::keys_unavailable(None));
        };
        let began = Instant::now();
        let is_unknown = wanted
            .as_ref()
            .is_some_and(|wanted| self.state().lacks(wanted, self.settings.ticks.now()));

        let search = self.search(&runtime, fetcher, wanted.as_ref(), since);
        let deadline = self.settings.limits.wait_deadline;
        let found = match timeout(deadline, search).await {
            Ok(found) => found,
            Err(_) => self.settle(wanted.as_ref()),
        };

        let (outcome, answer) = match &found {
            Ok(keys) if wanted.as_ref().is_none_or(|wanted| wanted.is_in(keys)) => {
                ("found", UnknownKey::Found)
            }
            Ok(_) => ("absent", UnknownKey::Absent),
            Err(_) => ("unavailable", UnknownKey::Unavailable),
        };
        telemetry::waited(fetcher.host(), outcome, began.elapsed());
        if is_unknown {
            telemetry::unknown_key(fetcher.host(), answer);
        }
        found
    }

    async fn search(
        self: &Arc<Self>,
        runtime: &Handle,
        fetcher: &Arc<Fetcher>,
        wanted: Option<&Wanted>,
        since: u64,
    ) -> Result<Arc<KeySet>, Error> {
        for _ in 0..MAX_ROUNDS {
            let (mut over, limit) = match self.seek(wanted, since) {
                Seek::Have(keys) => return Ok(keys),
                Seek::Unavailable(wait) => return Err(unavailable(wait)),
                Seek::Join(over, limit) => (over, limit),
                Seek::Begin(departure) => {
                    let limit = self.settings.limits.flight_limit();
                    (self.depart(runtime, fetcher, departure), limit)
                }
            };
            // Nothing is ever sent: the channel closes when the flight is over, unless its runtime is stalled.
            let _ = timeout(limit, over.changed()).await;
        }
        self.settle(wanted)
    }

    fn seek(&self, wanted: Option<&Wanted>, since: u64) -> Seek {
        let mut state = self.state();
        let seek = state.seek(wanted, since, self.settings.ticks.now());
        if let Seek::Begin(_) = &seek {
            self.publish(&state);
        }
        seek
    }

    fn settle(&self, wanted: Option<&Wanted>) -> Result<Arc<KeySet>, Error> {
        let now = self.settings.ticks.now();
        let state = self.state();
        state.settle(wanted, now).ok_or_else(|| {
            unavailable(
                state
                    .retry_wait(now)
                    .unwrap_or(self.settings.limits.first_backoff),
            )
        })
    }

    fn refresh_in_background(self: &Arc<Self>, now: Duration) {
        let (Some(fetcher), Ok(runtime)) = (self.fetcher.get(), Handle::try_current()) else {
            return;
        };
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let Some(departure) = state.begin_refresh(now) else {
            return;
        };
        self.publish(&state);
        // A runtime that is shutting down drops the flight at once, and a dropped flight takes the lock.
        drop(state);
        self.depart(&runtime, fetcher, departure);
    }

    fn depart(
        self: &Arc<Self>,
        runtime: &Handle,
        fetcher: &Arc<Fetcher>,
        departure: Departure,
    ) -> watch::Receiver<()> {
        let Departure {
            number,
            question,
            over,
        } = departure;
        let fetcher = Arc::clone(fetcher);
        let source = Arc::downgrade(self);
        let pilot = Pilot::new(async move { fetcher.fetch(&question).await }, move |end| {
            if let Some(source) = source.upgrade() {
                source.end(number, end);
            }
        });
        let mut alive = self.alive.subscribe();
        runtime.spawn(async move {
            tokio::select! {
                () = pilot => {}
                _ = alive.changed() => {}
            }
        });
        over
    }

    fn end(&self, number: u64, end: End) {
        let host = self.host().unwrap_or_default();
        let now = self.settings.ticks.now();
        let jitter = fastrand::u8(..);
        let mut state = self.state();
        match end {
            End::Landed(fetched) => {
                let (outcome, refused) = if fetched.is_new {
                    ("key_set", fetched.answer.keys.refused().len())
                } else {
                    ("not_modified", 0)
                };
                state.land(number, fetched, jitter);
                self.publish(&state);
                let age = state.age(now);
                drop(state);
                telemetry::fetched(host, outcome, refused, age);
            }
            End::Failed(failure) => {
                state.fail(number, failure.retry_after, now, jitter);
                self.publish(&state);
                let (age, retry_in) = (state.age(now), state.retry_wait(now));
                drop(state);
                telemetry::failed(host, &failure, age, retry_in);
            }
            End::Lost => {
                state.lose(number);
                self.publish(&state);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: &State) {
        self.view.store(state.view().map(Arc::new));
    }
}

/// Whole seconds, and at least one: less would be no wait.
fn unavailable(wait: Duration) -> Error {
    let seconds = wait
        .as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0));
    Error::keys_unavailable(Some(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests;
