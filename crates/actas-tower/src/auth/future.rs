use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actas_core::{Auth, Reply, Waiting};
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::authenticator::Authenticator;
use super::response::Stamp;
use crate::body::ResponseBody;
use crate::reply;

pin_project! {
    /// The response future of [`AuthService`](super::AuthService).
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
    }
}

pin_project! {
    #[project = StateProj]
    #[project_replace = StateOwn]
    enum State<S, B>
    where
        S: Service<Request<B>>,
    {
        // The service is the one that was polled ready, so that it can be called after the wait.
        Waiting {
            waiting: Waiting<Option<Auth>>,
            authenticator: Authenticator,
            service: S,
            request: Request<B>,
        },
        Inner {
            #[pin]
            future: S::Future,
            stamp: Stamp,
        },
        Refused {
            reply: Reply,
        },
        Done,
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn waiting(
        waiting: Waiting<Option<Auth>>,
        authenticator: Authenticator,
        service: S,
        request: Request<B>,
    ) -> Self {
        Self {
            state: State::Waiting {
                waiting,
                authenticator,
                service,
                request,
            },
        }
    }

    pub(super) fn inner(future: S::Future, stamp: Stamp) -> Self {
        Self {
            state: State::Inner { future, stamp },
        }
    }

    pub(super) fn refused(reply: Reply) -> Self {
        Self {
            state: State::Refused { reply },
        }
    }
}

impl<S, B, ResBody> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Waiting { waiting, .. } => {
                    let outcome = ready!(Pin::new(waiting).poll(cx));
                    let StateOwn::Waiting {
                        authenticator,
                        mut service,
                        mut request,
                        ..
                    } = state.as_mut().project_replace(State::Done)
                    else {
                        continue;
                    };
                    match authenticator.settle(outcome, &mut request) {
                        Ok(stamp) => state.set(State::Inner {
                            future: service.call(request),
                            stamp,
                        }),
                        Err(reply) => state.set(State::Refused { reply }),
                    }
                }
                StateProj::Inner { future, stamp } => {
                    let mut response = ready!(future.poll(cx))?;
                    stamp.apply(response.headers_mut());
                    return Poll::Ready(Ok(response.map(ResponseBody::inner)));
                }
                StateProj::Refused { .. } | StateProj::Done => {
                    let StateOwn::Refused { reply } = state.project_replace(State::Done) else {
                        #[expect(
                            clippy::panic,
                            reason = "a future is not polled after it completed"
                        )]
                        {
                            panic!("`ResponseFuture` polled after completion");
                        }
                    };
                    // A reply has its own `Vary`.
                    return Poll::Ready(Ok(reply::response(reply)));
                }
            }
        }
    }
}
