use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::clock::Clock;
use crate::session::Auth;
use crate::session_end::SessionEnd;

/// How often the clock is read again while a session lasts: a machine that slept, or whose clock was set, is noticed
/// within this time.
const RECHECK: Duration = Duration::from_secs(30);

impl Auth {
    /// Resolves when the session ends: at [`ends_at`](crate::Session::ends_at), or before it, where the request is recorded
    /// and its audit sink [tells](crate::AuditPermit::session_end) that the session was stopped or revoked.
    ///
    /// For what outlives its request, such as a WebSocket, a stream of events or a gRPC stream: end it then.
    ///
    /// # Panics
    ///
    /// The future panics when it is polled outside of a `tokio` runtime with its time driver enabled.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        let end = u64::try_from(self.ends_at()).unwrap_or(0);
        let early_end = self.record().and_then(|record| record.session_end());
        let mut early_end = early_end.map(SessionEnd::ended);
        async move {
            let mut expiry = pin!(expired(&*shared.clock, end));
            poll_fn(|cx| {
                if let Some(early_end) = &mut early_end
                    && early_end.as_mut().poll(cx).is_ready()
                {
                    return Poll::Ready(());
                }
                expiry.as_mut().poll(cx)
            })
            .await;
        }
    }
}

async fn expired(clock: &dyn Clock, end: u64) {
    // A clock that cannot tell the time ends the session, as it would refuse the next request.
    while let Some(left) = clock.now().and_then(|now| end.checked_sub(now)) {
        if left == 0 {
            return;
        }
        tokio::time::sleep(RECHECK.min(Duration::from_secs(left))).await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use serde_json::json;
    use tokio::sync::watch;
    use tokio::time::timeout;

    use super::*;
    use crate::audit::{
        AuditOutcome, AuditPermit, AuditSink, AuditedRequest, RefusedToken, ReserveFuture,
    };
    use crate::test_request::TestRequest;
    use crate::test_token::{NOW, builder, token};

    /// A sink whose sessions are all stopped at once.
    #[derive(Clone, Debug)]
    struct Stoppable(watch::Sender<bool>);

    impl AuditSink for Stoppable {
        fn reserve(&self, _: AuditedRequest) -> ReserveFuture {
            let permit: Box<dyn AuditPermit> = Box::new(self.clone());
            Box::pin(std::future::ready(Ok(permit)))
        }

        fn refused(&self, _: RefusedToken) {}
    }

    impl AuditPermit for Stoppable {
        fn id(&self) -> &'static str {
            "request_1"
        }

        fn session_end(&self) -> Option<Arc<dyn SessionEnd>> {
            Some(Arc::new(self.clone()))
        }

        fn finish(self: Box<Self>, _: AuditOutcome) {}
    }

    impl SessionEnd for Stoppable {
        fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let mut stopped = self.0.subscribe();
            Box::pin(async move {
                stopped.wait_for(|stopped| *stopped).await.unwrap();
            })
        }
    }

    /// Longer than the clock, which stands still, is waited for.
    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test(start_paused = true)]
    async fn a_recorded_session_ends_when_its_sink_says_so() {
        let sink = Stoppable(watch::Sender::new(false));
        let verifier = builder().with_audit(sink.clone()).build().unwrap();
        let impersonated = token(&json!({"act": {"sub": "admin"}}));
        let bare = verifier.verify(&impersonated).now().unwrap();
        let request = TestRequest::new("GET");
        let reservation = verifier.reserve(&bare, &request, None).unwrap();
        let (auth, recording) = reservation.await.unwrap();

        let listening = tokio::spawn(auth.ended());
        assert!(timeout(LONG, auth.ended()).await.is_err());
        drop(recording);
        sink.0.send_replace(true);
        timeout(LONG, listening).await.unwrap().unwrap();
        timeout(LONG, auth.ended()).await.unwrap();
        assert!(timeout(LONG, bare.ended()).await.is_err(), "not recorded");
    }

    #[tokio::test(start_paused = true)]
    async fn a_recorded_session_still_expires() {
        let sink = Stoppable(watch::Sender::new(false));
        let clock = Running(tokio::time::Instant::now());
        let verifier = builder().with_audit(sink).with_clock(clock);
        let verifier = verifier.build().unwrap();
        let token = token(&json!({"act": {"sub": "admin"}}));
        let auth = verifier.verify(&token).now().unwrap();
        let request = TestRequest::new("GET");
        let reservation = verifier.reserve(&auth, &request, None).unwrap();
        let (auth, _recording) = reservation.await.unwrap();
        timeout(LONG, auth.ended()).await.unwrap();
    }

    /// A clock that goes with the timer's, which tests move.
    #[derive(Debug)]
    struct Running(tokio::time::Instant);

    impl Clock for Running {
        fn now(&self) -> Option<u64> {
            NOW.checked_add(self.0.elapsed().as_secs())
        }
    }
}
