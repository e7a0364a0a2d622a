//! A sink that says what it was told, and writes down when the test says so.

use actas_core::{
    AuditOutcome, AuditPermit, AuditSink, AuditedRequest, NotRecorded, RefusedToken, ReserveFuture,
    StaticKeys, Verifier,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::support::{Issuer, builder};

/// What becomes of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commit {
    Waits,
    Written,
    Fails,
}

#[derive(Debug)]
pub(crate) struct Sink {
    commit: watch::Receiver<Commit>,
    reserved: UnboundedSender<AuditedRequest>,
    finished: UnboundedSender<AuditOutcome>,
}

/// The test's end of a sink.
#[derive(Debug)]
pub(crate) struct Records {
    commit: watch::Sender<Commit>,
    reserved: UnboundedReceiver<AuditedRequest>,
    finished: UnboundedReceiver<AuditOutcome>,
}

#[derive(Debug)]
struct Permit(UnboundedSender<AuditOutcome>);

pub(crate) fn sink(commit: Commit) -> (Sink, Records) {
    let (commit, commits) = watch::channel(commit);
    let (reserve, reserved) = unbounded_channel();
    let (finish, finished) = unbounded_channel();
    let sink = Sink {
        commit: commits,
        reserved: reserve,
        finished: finish,
    };
    let records = Records {
        commit,
        reserved,
        finished,
    };
    (sink, records)
}

/// A verifier that records what is impersonated, at once.
pub(crate) fn audited(issuer: &Issuer) -> (Verifier, Records) {
    audited_when(issuer, Commit::Written)
}

pub(crate) fn audited_when(issuer: &Issuer, commit: Commit) -> (Verifier, Records) {
    let (sink, records) = sink(commit);
    let keys = StaticKeys::from_jwks(&issuer.jwks()).unwrap();
    let verifier = builder(keys).with_audit(sink).build().unwrap();
    (verifier, records)
}

impl Records {
    pub(crate) fn commit(&self, commit: Commit) {
        self.commit.send(commit).unwrap();
    }

    /// The one request that was reserved since it was last asked for.
    pub(crate) fn reserved(&mut self) -> AuditedRequest {
        let request = self.reserved.try_recv().unwrap();
        assert!(self.reserved.is_empty());
        request
    }

    pub(crate) fn nothing_reserved(&self) -> bool {
        self.reserved.is_empty()
    }

    /// The one outcome that was told since it was last asked for.
    pub(crate) fn finished(&mut self) -> AuditOutcome {
        let outcome = self.finished.try_recv().unwrap();
        assert!(self.finished.is_empty());
        outcome
    }

    pub(crate) fn nothing_finished(&self) -> bool {
        self.finished.is_empty()
    }

    /// Waits for the next outcome.
    #[cfg(feature = "axum")]
    pub(crate) async fn next(&mut self) -> AuditOutcome {
        self.finished.recv().await.unwrap()
    }
}

impl AuditSink for Sink {
    fn reserve(&self, request: AuditedRequest) -> ReserveFuture {
        self.reserved.send(request).unwrap();
        let (mut commit, finished) = (self.commit.clone(), self.finished.clone());
        Box::pin(async move {
            let commit = commit.wait_for(|commit| *commit != Commit::Waits).await;
            match *commit.unwrap() {
                Commit::Fails => Err(NotRecorded::unavailable(Some(7))),
                _ => Ok(Box::new(Permit(finished)) as Box<dyn AuditPermit>),
            }
        })
    }

    fn refused(&self, _: RefusedToken) {}
}

impl AuditPermit for Permit {
    fn id(&self) -> &'static str {
        "request_1"
    }

    fn finish(self: Box<Self>, outcome: AuditOutcome) {
        // A test that looks at no outcome is over before its response.
        let _ = self.0.send(outcome);
    }
}
