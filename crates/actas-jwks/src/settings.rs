use std::sync::Arc;
use std::time::Duration;

use actas_core::ConfigError;

use crate::place::Place;
use crate::ticks::{SystemTicks, Ticks};

/// Everything that can be set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) place: Place,
    pub(crate) allow_http_to_loopback: bool,
    /// PEM certificates to trust beside the system's.
    pub(crate) roots: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) ticks: Arc<dyn Ticks>,
}

/// How long after its timeout a fetch is given up that gave no sign.
const OVERDUE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) min_lifetime: Duration,
    pub(crate) max_lifetime: Duration,
    /// For a set that comes without `max-age`.
    pub(crate) default_lifetime: Duration,
    pub(crate) stale_limit: Duration,
    pub(crate) unknown_key_interval: Duration,
    pub(crate) unknown_key_burst: u32,
    pub(crate) connect_timeout: Duration,
    pub(crate) fetch_timeout: Duration,
    pub(crate) wait_deadline: Duration,
    pub(crate) first_backoff: Duration,
    pub(crate) max_backoff: Duration,
}

impl Settings {
    pub(crate) fn new(place: Place) -> Self {
        Self {
            place,
            allow_http_to_loopback: false,
            roots: Vec::new(),
            limits: Limits::default(),
            ticks: Arc::new(SystemTicks::new()),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            min_lifetime: Duration::from_secs(60),
            max_lifetime: Duration::from_secs(60 * 60),
            default_lifetime: Duration::from_secs(5 * 60),
            stale_limit: Duration::from_secs(24 * 60 * 60),
            unknown_key_interval: Duration::from_secs(10),
            unknown_key_burst: 1,
            connect_timeout: Duration::from_secs(2),
            fetch_timeout: Duration::from_secs(3),
            wait_deadline: Duration::from_secs(5),
            first_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(60),
        }
    }
}

impl Limits {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        for (name, value) in [
            ("least lifetime of a key set", self.min_lifetime),
            ("default lifetime of a key set", self.default_lifetime),
            (
                "interval of fetches for unknown keys",
                self.unknown_key_interval,
            ),
            ("connect timeout", self.connect_timeout),
            ("fetch timeout", self.fetch_timeout),
            ("wait deadline", self.wait_deadline),
            ("first back-off", self.first_backoff),
        ] {
            if value.is_zero() {
                return Err(refused(name, value));
            }
        }
        if self.max_lifetime < self.min_lifetime {
            return Err(refused("greatest lifetime of a key set", self.max_lifetime));
        }
        if self.wait_deadline < self.fetch_timeout {
            let name = "wait deadline, being shorter than the fetch timeout";
            return Err(refused(name, self.wait_deadline));
        }
        if self.max_backoff < self.first_backoff {
            return Err(refused("greatest back-off", self.max_backoff));
        }
        if self.unknown_key_burst == 0 {
            return Err(ConfigError::Setting {
                name: "burst of fetches for unknown keys",
                value: 0.to_string(),
            });
        }
        Ok(())
    }

    /// How long a set counts as fresh whose answer gave this `max-age` and `Age`.
    pub(crate) fn lifetime(&self, max_age: Option<Duration>, age: Duration) -> Duration {
        max_age
            .unwrap_or(self.default_lifetime)
            .saturating_sub(age)
            .clamp(self.min_lifetime, self.max_lifetime)
    }

    /// How long after its departure a fetch is given up.
    pub(crate) fn flight_limit(&self) -> Duration {
        self.fetch_timeout.saturating_add(OVERDUE)
    }
}

fn refused(name: &'static str, value: Duration) -> ConfigError {
    ConfigError::Setting {
        name,
        value: format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_what_the_answer_says_within_bounds() {
        let limits = Limits::default();
        for (max_age, age, expected) in [
            (None, 0, 300),
            (None, 100, 200),
            (Some(0), 0, 60),
            (Some(60), 0, 60),
            (Some(600), 0, 600),
            (Some(600), 500, 100),
            (Some(600), 700, 60),
            (Some(3600), 0, 3600),
            (Some(u64::MAX), 0, 3600),
            (Some(u64::MAX), u64::MAX, 60),
        ] {
            let lifetime =
                limits.lifetime(max_age.map(Duration::from_secs), Duration::from_secs(age));
            assert_eq!(lifetime.as_secs(), expected, "{max_age:?} {age}");
        }
    }

    #[test]
    fn limits_that_switch_a_protection_off_are_refused() {
        type Change = fn(&mut Limits);
        let zero = Duration::ZERO;
        let changes: [(Change, &str); 11] = [
            (|l| l.min_lifetime = Duration::ZERO, "least lifetime"),
            (|l| l.default_lifetime = Duration::ZERO, "default lifetime"),
            (|l| l.max_lifetime = l.min_lifetime / 2, "greatest lifetime"),
            (|l| l.unknown_key_interval = Duration::ZERO, "interval"),
            (|l| l.unknown_key_burst = 0, "burst"),
            (|l| l.connect_timeout = Duration::ZERO, "connect timeout"),
            (|l| l.fetch_timeout = Duration::ZERO, "fetch timeout"),
            (|l| l.wait_deadline = Duration::ZERO, "wait deadline"),
            (|l| l.wait_deadline = l.fetch_timeout / 2, "wait deadline"),
            (|l| l.first_backoff = Duration::ZERO, "first back-off"),
            (|l| l.max_backoff = l.first_backoff / 2, "greatest back-off"),
        ];
        for (change, name) in changes {
            let mut limits = Limits::default();
            change(&mut limits);
            let error = limits.check().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        let shortest_deadline = Limits {
            wait_deadline: Limits::default().fetch_timeout,
            ..Limits::default()
        };
        assert_eq!(shortest_deadline.check(), Ok(()));
        let no_stale = Limits {
            stale_limit: zero,
            ..Limits::default()
        };
        assert_eq!(no_stale.check(), Ok(()));
    }
}
