use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actas_core::{Auth, Error as Refused, Waiting};
use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use super::authenticator::Authenticator;
use super::response::Stamp;
use crate::body::ResponseBody;
use crate::reply::respond;

pin_project! {
    /// The response future of [`AuthService`](super::AuthService).
    pub struct ResponseFuture<S>
    where
        S: Service<ServiceRequest>,
    {
        #[pin]
        state: State<S>,
    }
}

pin_project! {
    #[project = StateProj]
    #[project_replace = StateOwn]
    enum State<S>
    where
        S: Service<ServiceRequest>,
    {
        Waiting {
            waiting: Waiting<Option<Auth>>,
            authenticator: Authenticator,
            service: Rc<S>,
            request: ServiceRequest,
        },
        Inner {
            #[pin]
            future: S::Future,
            stamp: Stamp,
        },
        Refused {
            response: ServiceResponse<Bytes>,
        },
        Done,
    }
}

impl<S> ResponseFuture<S>
where
    S: Service<ServiceRequest>,
{
    pub(super) fn settled(
        outcome: Result<Option<Auth>, Refused>,
        authenticator: &Authenticator,
        service: &S,
        request: ServiceRequest,
    ) -> Self {
        Self {
            state: State::settled(outcome, authenticator, service, request),
        }
    }

    pub(super) fn waiting(
        waiting: Waiting<Option<Auth>>,
        authenticator: Authenticator,
        service: Rc<S>,
        request: ServiceRequest,
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
}

impl<S> State<S>
where
    S: Service<ServiceRequest>,
{
    fn settled(
        outcome: Result<Option<Auth>, Refused>,
        authenticator: &Authenticator,
        service: &S,
        request: ServiceRequest,
    ) -> Self {
        match authenticator.settle(outcome, &request) {
            Ok(stamp) => Self::Inner {
                future: service.call(request),
                stamp,
            },
            // Core's reply carries `Vary`.
            Err(reply) => Self::Refused {
                response: request.into_response(respond(reply)),
            },
        }
    }
}

impl<S, B> Future for ResponseFuture<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Output = Result<ServiceResponse<ResponseBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Waiting { waiting, .. } => {
                    let outcome = ready!(Pin::new(waiting).poll(cx));
                    let StateOwn::Waiting {
                        authenticator,
                        service,
                        request,
                        ..
                    } = state.as_mut().project_replace(State::Done)
                    else {
                        continue;
                    };
                    state.set(State::settled(outcome, &authenticator, &service, request));
                }
                StateProj::Inner { future, stamp } => {
                    let stamp = *stamp;
                    let outcome = ready!(future.poll(cx));
                    return Poll::Ready(carry(outcome, stamp));
                }
                StateProj::Refused { .. } | StateProj::Done => {
                    let StateOwn::Refused { response } = state.project_replace(State::Done) else {
                        #[expect(
                            clippy::panic,
                            reason = "a future is not polled after it completed"
                        )]
                        {
                            panic!("`ResponseFuture` polled after completion");
                        }
                    };
                    let response = response.map_body(|_, bytes| ResponseBody::refusal(bytes));
                    return Poll::Ready(Ok(response));
                }
            }
        }
    }
}

/// Stamps what comes back: a response, or the response that an inner middleware's error will become.
fn carry<B>(
    outcome: Result<ServiceResponse<B>, Error>,
    stamp: Stamp,
) -> Result<ServiceResponse<ResponseBody<B>>, Error> {
    match outcome {
        Ok(mut response) => {
            stamp.apply(response.headers_mut());
            Ok(response.map_body(|_, body| ResponseBody::inner(body)))
        }
        Err(mut error) => {
            error.add_response_mapper(move |mut response| {
                stamp.apply(response.headers_mut());
                response
            });
            Err(error)
        }
    }
}

impl<S> fmt::Debug for ResponseFuture<S>
where
    S: Service<ServiceRequest>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
