use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actas_core::Reply;
use http::Response;
use pin_project_lite::pin_project;

use crate::body::ResponseBody;
use crate::reply;

pin_project! {
    /// The response future of [`GuardService`](super::GuardService).
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Inner {
            #[pin]
            future: F,
        },
        Refused {
            reply: Option<Reply>,
        },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn inner(future: F) -> Self {
        Self {
            state: State::Inner { future },
        }
    }

    pub(super) fn refused(reply: Reply) -> Self {
        Self {
            state: State::Refused { reply: Some(reply) },
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Inner { future } => {
                let response = ready!(future.poll(cx))?;
                Poll::Ready(Ok(response.map(ResponseBody::inner)))
            }
            StateProj::Refused { reply } => {
                #[expect(
                    clippy::expect_used,
                    reason = "a future is not polled after it completed"
                )]
                let reply = reply
                    .take()
                    .expect("`ResponseFuture` polled after completion");
                Poll::Ready(Ok(reply::response(reply)))
            }
        }
    }
}
