use std::time::Duration;

use actas_jwks::RemoteKeys;

/// With timeouts that a machine which does other things as well does not reach, and that leave the time at which a set of
/// ten minutes is refreshed as it is.
pub(crate) fn patient(keys: RemoteKeys) -> RemoteKeys {
    const LONG: Duration = Duration::from_secs(60);
    keys.with_fetch_timeout(LONG).with_wait_deadline(LONG)
}
