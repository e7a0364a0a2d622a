use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actas_core::{Auth, Reply, Reservation, Waiting};
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::authenticator::{Admitted, Authenticator, Verdict};
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
        Waiting {
            wait: Wait,
            held: Held<S, B>,
        },
        Inner {
            #[pin]
            future: S::Future,
            admitted: Admitted,
        },
        Refused {
            reply: Reply,
        },
        Done,
    }
}

/// What a request waits for.
pub(super) enum Wait {
    Keys(Waiting<Option<Auth>>),
    Record(Reservation),
}

/// A request that waits.
pub(super) struct Held<S, B> {
    pub(super) authenticator: Authenticator,
    /// The one that was polled ready, so that it can be called after the wait.
    pub(super) service: S,
    pub(super) request: Request<B>,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn waiting(wait: Wait, held: Held<S, B>) -> Self {
        Self {
            state: State::Waiting { wait, held },
        }
    }

    pub(super) fn inner(future: S::Future, admitted: Admitted) -> Self {
        Self {
            state: State::Inner { future, admitted },
        }
    }

    pub(super) fn refused(reply: Reply) -> Self {
        Self {
            state: State::Refused { reply },
        }
    }
}

impl<S, B> State<S, B>
where
    S: Service<Request<B>>,
{
    fn settled(verdict: Result<Verdict, Reply>, mut held: Held<S, B>) -> Self {
        match verdict {
            Ok(Verdict::Admitted(admitted)) => Self::Inner {
                future: admitted.run(|| held.service.call(held.request)),
                admitted,
            },
            Ok(Verdict::Reserving(reservation)) => Self::Waiting {
                wait: Wait::Record(reservation),
                held,
            },
            Err(reply) => Self::Refused { reply },
        }
    }
}

impl<S, B, ResBody> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: Body,
{
    type Output = Result<Response<ResponseBody<ResBody>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Waiting { wait, held } => {
                    let Held {
                        authenticator,
                        request,
                        ..
                    } = held;
                    let verdict = match wait {
                        Wait::Keys(waiting) => {
                            authenticator.settle(ready!(Pin::new(waiting).poll(cx)), request)
                        }
                        Wait::Record(reservation) => authenticator
                            .recorded(ready!(Pin::new(reservation).poll(cx)), request)
                            .map(Verdict::Admitted),
                    };
                    let StateOwn::Waiting { held, .. } =
                        state.as_mut().project_replace(State::Done)
                    else {
                        continue;
                    };
                    state.set(State::settled(verdict, held));
                }
                StateProj::Inner { future, admitted } => {
                    let outcome = ready!(admitted.run(|| future.poll(cx)));
                    let mut trail = admitted.trail.take();
                    let mut response = outcome?;
                    admitted.stamp.apply(response.headers_mut());
                    if let Some(trail) = &mut trail {
                        trail.answered(&response);
                    }
                    return Poll::Ready(Ok(
                        response.map(|body| ResponseBody::followed(body, trail))
                    ));
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
