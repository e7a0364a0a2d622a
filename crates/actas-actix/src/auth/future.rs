use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actas_core::{Auth, Error as Refused, Reply, Reservation, Waiting};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use super::authenticator::{Admitted, Authenticator, Verdict};
use crate::body::ResponseBody;
use crate::head::route_template;
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
            wait: Wait,
            held: Held<S>,
        },
        Inner {
            #[pin]
            future: S::Future,
            admitted: Admitted,
        },
        Refused {
            response: ServiceResponse<Bytes>,
        },
        Done,
    }
}

/// What a request waits for.
enum Wait {
    Keys(Waiting<Option<Auth>>),
    Record(Reservation),
}

/// A request that waits.
pub(super) struct Held<S> {
    pub(super) authenticator: Authenticator,
    pub(super) service: Rc<S>,
    pub(super) request: ServiceRequest,
}

impl<S> ResponseFuture<S>
where
    S: Service<ServiceRequest>,
{
    pub(super) fn settled(
        outcome: Result<Option<Auth>, Refused>,
        authenticator: &Authenticator,
        service: &Rc<S>,
        request: ServiceRequest,
    ) -> Self {
        let state = match authenticator.settle(outcome, &request) {
            Ok(Verdict::Admitted(admitted)) => State::Inner {
                future: admitted.run(|| service.call(request)),
                admitted,
            },
            Ok(Verdict::Reserving(reservation)) => State::Waiting {
                wait: Wait::Record(reservation),
                held: Held {
                    authenticator: authenticator.clone(),
                    service: Rc::clone(service),
                    request,
                },
            },
            Err(reply) => State::refused(reply, request),
        };
        Self { state }
    }

    pub(super) fn waiting(waiting: Waiting<Option<Auth>>, held: Held<S>) -> Self {
        Self {
            state: State::Waiting {
                wait: Wait::Keys(waiting),
                held,
            },
        }
    }
}

impl<S> State<S>
where
    S: Service<ServiceRequest>,
{
    fn resumed(verdict: Result<Verdict, Reply>, held: Held<S>) -> Self {
        match verdict {
            Ok(Verdict::Admitted(admitted)) => Self::Inner {
                future: admitted.run(|| held.service.call(held.request)),
                admitted,
            },
            Ok(Verdict::Reserving(reservation)) => Self::Waiting {
                wait: Wait::Record(reservation),
                held,
            },
            Err(reply) => Self::refused(reply, held.request),
        }
    }

    /// Core's reply carries `Vary`.
    fn refused(reply: Reply, request: ServiceRequest) -> Self {
        Self::Refused {
            response: request.into_response(respond(reply)),
        }
    }
}

impl<S, B> Future for ResponseFuture<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ResponseBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Waiting { wait, held } => {
                    let verdict = match wait {
                        Wait::Keys(waiting) => {
                            let outcome = ready!(Pin::new(waiting).poll(cx));
                            held.authenticator.settle(outcome, &held.request)
                        }
                        Wait::Record(reservation) => {
                            let outcome = ready!(Pin::new(reservation).poll(cx));
                            let admitted = held.authenticator.recorded(outcome, &held.request);
                            admitted.map(Verdict::Admitted)
                        }
                    };
                    let StateOwn::Waiting { held, .. } =
                        state.as_mut().project_replace(State::Done)
                    else {
                        continue;
                    };
                    state.set(State::resumed(verdict, held));
                }
                StateProj::Inner { future, admitted } => {
                    let outcome = ready!(admitted.run(|| future.poll(cx)));
                    let admitted = Admitted {
                        stamp: admitted.stamp,
                        trail: admitted.trail.take(),
                    };
                    return Poll::Ready(carry(outcome, admitted));
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

/// Stamps and follows what comes back: a response, or the response that an inner middleware's error will become.
fn carry<B: MessageBody>(
    outcome: Result<ServiceResponse<B>, Error>,
    Admitted { stamp, mut trail }: Admitted,
) -> Result<ServiceResponse<ResponseBody<B>>, Error> {
    match outcome {
        Ok(mut response) => {
            stamp.apply(response.headers_mut());
            if let Some(trail) = &mut trail {
                trail.routed(|| route_template(response.request()));
                let response = response.response();
                trail.answered(response.head(), response.body().size());
            }
            Ok(response.map_body(|_, body| ResponseBody::followed(body, trail)))
        }
        Err(mut error) => {
            let trail = Cell::new(trail);
            error.add_response_mapper(move |mut response| {
                stamp.apply(response.headers_mut());
                let Some(mut trail) = trail.take() else {
                    return response;
                };
                trail.answered(response.head(), response.body().size());
                response.map_body(|_, body| ResponseBody::followed(body, Some(trail)).boxed())
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
