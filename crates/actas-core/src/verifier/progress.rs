use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Error;

/// A result that is there at once, unless keys must be waited for.
///
/// Await it, or take it apart to spend no future on what is ready.
#[derive(Debug)]
#[must_use = "nothing is known of the token before the outcome is looked at"]
pub enum Progress<T> {
    /// The outcome.
    Ready(Result<T, Error>),
    /// The outcome depends on keys that are being fetched.
    Waiting(Waiting<T>),
}

impl<T> Progress<T> {
    /// The outcome, where a wait for keys counts as keys that cannot be had.
    ///
    /// # Errors
    ///
    /// The reason for which the token is refused, or
    /// [`ErrorKind::KeysUnavailable`](crate::ErrorKind::KeysUnavailable).
    pub fn now(self) -> Result<T, Error> {
        match self {
            Self::Ready(outcome) => outcome,
            Self::Waiting(_) => Err(Error::keys_unavailable(None)),
        }
    }

    pub(crate) fn map<U>(self, map: fn(T) -> U) -> Progress<U>
    where
        T: 'static,
        U: 'static,
    {
        self.then(move |outcome| outcome.map(map))
    }

    /// What `then` makes of the outcome.
    pub(crate) fn then<U>(
        self,
        then: impl FnOnce(Result<T, Error>) -> Result<U, Error> + Send + 'static,
    ) -> Progress<U>
    where
        T: 'static,
        U: 'static,
    {
        match self {
            Self::Ready(outcome) => Progress::Ready(then(outcome)),
            Self::Waiting(waiting) => {
                Progress::Waiting(Waiting::new(async move { then(waiting.await) }))
            }
        }
    }

    /// What `join` makes of both, unless this one is an error, which stands by itself.
    pub(crate) fn and<U>(
        self,
        other: Progress<U>,
        join: impl FnOnce(T, Result<U, Error>) -> Result<T, Error> + Send + 'static,
    ) -> Self
    where
        T: Send + 'static,
        U: Send + 'static,
    {
        match (self, other) {
            (Self::Ready(Err(error)), _) => Self::Ready(Err(error)),
            (Self::Ready(Ok(this)), Progress::Ready(other)) => Self::Ready(join(this, other)),
            (this, other) => Self::Waiting(Waiting::new(async move {
                let this = this.await?;
                join(this, other.await)
            })),
        }
    }
}

impl<T> IntoFuture for Progress<T> {
    type Output = Result<T, Error>;
    type IntoFuture = ProgressFuture<T>;

    fn into_future(self) -> ProgressFuture<T> {
        ProgressFuture(Some(self))
    }
}

/// The future that a [`Progress`] turns into.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct ProgressFuture<T>(Option<Progress<T>>);

// Nothing in it is pinned: a wait is a box.
impl<T> Unpin for ProgressFuture<T> {}

impl<T> Future for ProgressFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(Progress::Waiting(waiting)) = &mut self.0 {
            return Pin::new(waiting).poll(cx);
        }
        match self.0.take() {
            Some(Progress::Ready(outcome)) => Poll::Ready(outcome),
            // It has been told already.
            Some(Progress::Waiting(_)) | None => Poll::Pending,
        }
    }
}

/// Waits for keys, then verifies.
///
/// It owns all it needs. Dropping it gives up this wait alone.
pub struct Waiting<T> {
    outcome: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>,
}

impl<T> Waiting<T> {
    pub(crate) fn new(outcome: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self {
            outcome: Box::pin(outcome),
        }
    }
}

impl<T> Future for Waiting<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().outcome.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for Waiting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}
