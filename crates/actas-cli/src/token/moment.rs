//! How times are told.

use jiff::{SignedDuration, Timestamp};

/// A time in RFC 3339.
pub(super) fn moment(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(time) => time.to_string(),
        Err(_) => "no time that can be told".to_owned(),
    }
}

/// A time in RFC 3339, and how far it is from another.
pub(super) fn moment_from(seconds: i64, at: i64) -> String {
    let Ok(time) = Timestamp::from_second(seconds) else {
        return moment(seconds);
    };
    let distance = SignedDuration::from_secs(seconds.saturating_sub(at));
    if distance.is_negative() {
        format!("{time}, {:#} ago", distance.abs())
    } else {
        format!("{time}, in {distance:#}")
    }
}
