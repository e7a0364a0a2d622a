use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// One call of what is measured. It panics when the outcome is not the one that the case is about.
pub type Op = Box<dyn FnMut()>;

/// What a future comes to that has nothing to wait for.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let future = pin!(future);
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a call waits for something"),
    }
}
