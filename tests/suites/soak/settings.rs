use std::time::Duration;

use actas::RemoteKeys;

/// Fetches for unknown keys: one in this time, and [`BURST`] after a time of rest.
pub(crate) const INTERVAL: Duration = Duration::from_millis(200);
const BURST: u32 = 1;
/// How long a key set counts as fresh, whatever its answer says.
const LIFETIME: Duration = Duration::from_millis(800);
/// Short enough that some outages exceed it.
const STALE_LIMIT: Duration = Duration::from_secs(2);
const FIRST_BACKOFF: Duration = Duration::from_millis(400);
const MAX_BACKOFF: Duration = Duration::from_millis(800);
const FETCH_TIMEOUT: Duration = Duration::from_millis(300);
const WAIT_DEADLINE: Duration = Duration::from_secs(1);

/// The keys at `url`, with every time short.
pub(crate) fn keys(url: String) -> RemoteKeys {
    RemoteKeys::from_url(url)
        .insecure_allow_http_to_loopback()
        .with_unknown_key_budget(INTERVAL, BURST)
        .with_lifetime_bounds(LIFETIME, LIFETIME)
        .with_stale_limit(STALE_LIMIT)
        .with_backoff(FIRST_BACKOFF, MAX_BACKOFF)
        .with_connect_timeout(FETCH_TIMEOUT)
        .with_fetch_timeout(FETCH_TIMEOUT)
        .with_wait_deadline(WAIT_DEADLINE)
}

/// The fetches that one application can have begun when `time` has passed, whatever its clients sent and the server did:
///
/// ```text
/// BURST + time / INTERVAL + 1 + time / gap        gap = min(LIFETIME / 2, FIRST_BACKOFF / 2)
/// ```
///
/// The first half is for unknown keys. The second is for every other reason: one at the start, and no two closer than `gap`,
/// since a set that came is refreshed when half of its lifetime is left at the earliest, and a failure is followed by
/// nothing for half of the first back-off at the least, jitter included.
pub(crate) fn bound(time: Duration) -> usize {
    let gap = (LIFETIME / 2).min(FIRST_BACKOFF / 2);
    let in_time = |interval: Duration| usize::try_from(time.as_nanos() / interval.as_nanos());
    BURST as usize + in_time(INTERVAL).unwrap() + 1 + in_time(gap).unwrap()
}
