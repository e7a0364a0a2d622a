//! When something happened.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::malformed::Malformed;
use crate::text_form::by_text_form;

/// A moment in UTC, to the millisecond, in the years 0000 to 9999.
///
/// Its text form is that of RFC 3339 in one fixed width, `2026-11-25T07:00:00.000Z`: texts sort as the moments do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    milliseconds: i64,
}

by_text_form!(Timestamp);

/// `0000-01-01T00:00:00.000Z`
const FIRST: i64 = -62_167_219_200_000;
/// Where jiff's own moments end: `9999-12-30T22:00:00.000Z`.
const LAST: i64 = 253_402_207_200_000;

impl Timestamp {
    /// The moment `milliseconds` after the Unix epoch, or the nearest one that can be written: before the year 0000
    /// the first, past 9999-12-30T22:00:00.000Z that.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        let milliseconds = if milliseconds < FIRST {
            FIRST
        } else if milliseconds > LAST {
            LAST
        } else {
            milliseconds
        };
        Self { milliseconds }
    }

    /// The moment `seconds` after the Unix epoch, within the bounds of
    /// [`from_milliseconds`](Self::from_milliseconds).
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_milliseconds(seconds.saturating_mul(1000))
    }

    /// The moment that the machine's clock tells.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        self.milliseconds
    }

    /// This moment and `duration`, within the bounds of [`from_milliseconds`](Self::from_milliseconds).
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_milliseconds(self.milliseconds.saturating_add(milliseconds))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let milliseconds =
            |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_milliseconds(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => milliseconds(since),
            Err(before) => milliseconds(before.duration()).saturating_neg(),
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.milliseconds).map_err(|_| fmt::Error)?;
        write!(f, "{time:.3}")
    }
}

impl FromStr for Timestamp {
    type Err = Malformed;

    /// Reads the one text form and no other.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed::new("a time such as 2026-11-25T07:00:00.000Z");
        let time: jiff::Timestamp = text.parse().map_err(|_| malformed)?;
        let time = Self::from_milliseconds(time.as_millisecond());
        if Form(text) == time {
            Ok(time)
        } else {
            Err(malformed)
        }
    }
}

/// Compares a text with a time's own without writing that to the heap.
struct Form<'a>(&'a str);

impl PartialEq<Timestamp> for Form<'_> {
    fn eq(&self, time: &Timestamp) -> bool {
        struct Rest<'a>(&'a str);

        impl fmt::Write for Rest<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
                Ok(())
            }
        }

        let mut rest = Rest(self.0);
        fmt::write(&mut rest, format_args!("{time}")).is_ok() && rest.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_text() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_590_000_000, "2026-11-25T07:00:00.000Z"),
            (1_795_590_000_120, "2026-11-25T07:00:00.120Z"),
            (FIRST, "0000-01-01T00:00:00.000Z"),
            (LAST, "9999-12-30T22:00:00.000Z"),
        ] {
            let time = Timestamp::from_milliseconds(milliseconds);
            assert_eq!(time.to_string(), text);
            assert_eq!(text.parse(), Ok(time));
            assert_eq!(time.milliseconds(), milliseconds);
        }
    }

    #[test]
    fn no_other_text_is_read() {
        for text in [
            "",
            "2026-11-25T07:00:00Z",
            "2026-11-25T07:00:00.0000Z",
            "2026-11-25T07:00:00.0001Z",
            "2026-11-25T07:00:00.000+00:00",
            "2026-11-25T08:00:00.000+01:00",
            "2026-11-25t07:00:00.000z",
            "2026-11-25 07:00:00.000Z",
            "2026-02-30T07:00:00.000Z",
            "2026-11-25T07:00:60.000Z",
            " 2026-11-25T07:00:00.000Z",
            "-00001-11-25T07:00:00.000Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_the_nearest_that_can() {
        assert_eq!(Timestamp::from_seconds(i64::MAX).milliseconds(), LAST);
        assert_eq!(Timestamp::from_seconds(i64::MIN).milliseconds(), FIRST);
        let last = Timestamp::from_milliseconds(LAST);
        assert_eq!(last.saturating_add(Duration::MAX), last);
        let second = Duration::from_secs(1);
        assert_eq!(
            Timestamp::from(UNIX_EPOCH + second),
            Timestamp::from_seconds(1)
        );
        assert_eq!(
            Timestamp::from(UNIX_EPOCH - second),
            Timestamp::from_seconds(-1)
        );
    }
}
