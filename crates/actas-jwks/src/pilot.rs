use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::failure::{Failure, FailureKind};
use crate::fetch::Fetched;

/// How a fetch ended.
pub(crate) enum End {
    Landed(Fetched),
    Failed(Failure),
    /// It never will: its runtime ended.
    Lost,
}

/// Sees a fetch to its end, and reports it whatever it is: in time, by a panic, or with its runtime.
pub(crate) struct Pilot<R: FnOnce(End)> {
    fetch: Pin<Box<dyn Future<Output = Result<Fetched, Failure>> + Send>>,
    report: Option<R>,
    /// Set while the fetch is polled: still set when this is dropped, it tells a panic of the fetch from one of somebody
    /// else whose unwinding drops a runtime.
    is_polled: bool,
}

impl<R: FnOnce(End)> Pilot<R> {
    pub(crate) fn new(
        fetch: impl Future<Output = Result<Fetched, Failure>> + Send + 'static,
        report: R,
    ) -> Self {
        Self {
            fetch: Box::pin(fetch),
            report: Some(report),
            is_polled: false,
        }
    }

    fn end(&mut self, end: End) {
        if let Some(report) = self.report.take() {
            report(end);
        }
    }
}

impl<R: FnOnce(End) + Unpin> Future for Pilot<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.is_polled = true;
        let poll = self.fetch.as_mut().poll(context);
        self.is_polled = false;
        let end = ready!(poll).map_or_else(End::Failed, End::Landed);
        self.end(end);
        Poll::Ready(())
    }
}

impl<R: FnOnce(End)> Drop for Pilot<R> {
    fn drop(&mut self) {
        let end = if self.is_polled {
            End::Failed(Failure::new(FailureKind::Panic, "the fetch panicked"))
        } else {
            End::Lost
        };
        self.end(end);
    }
}
