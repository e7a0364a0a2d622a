use std::sync::Arc;
use std::time::Duration;

use crate::session::Auth;

/// How often the clock is read again while a session lasts: a machine that slept, or whose clock was set, is noticed
/// within this time.
const RECHECK: Duration = Duration::from_secs(30);

impl Auth {
    /// Resolves when the session ends: at [`ends_at`](crate::Session::ends_at).
    ///
    /// For what outlives its request, such as a WebSocket, a stream of events or a gRPC stream: end it then.
    ///
    /// # Panics
    ///
    /// The future panics when it is polled outside of a `tokio` runtime with its time driver enabled.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        let end = u64::try_from(self.ends_at()).unwrap_or(0);
        async move {
            // A clock that cannot tell the time ends the session, as it would refuse the next request.
            while let Some(left) = shared.clock.now().and_then(|now| end.checked_sub(now)) {
                if left == 0 {
                    return;
                }
                tokio::time::sleep(RECHECK.min(Duration::from_secs(left))).await;
            }
        }
    }
}
