use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context, Poll};

use crate::audit::proxies::TrustedProxies;
use crate::audit::recording::{Call, Recording};
use crate::audit::sink::{
    AuditSink, AuditedRequest, NotRecorded, RefusedToken, ReserveFuture, Why,
};
use crate::error::{Error, ErrorKind};
use crate::record::Record;
use crate::session::Auth;

/// How a verifier's impersonated requests are recorded.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    pub(crate) sink: Arc<dyn AuditSink>,
    pub(crate) runs_unrecorded: bool,
    /// By whose word a client's address is recorded; `None` where it is not.
    pub(crate) proxies: Option<TrustedProxies>,
}

impl Audit {
    pub(crate) fn reserve(&self, request: AuditedRequest, call: Call) -> Reservation {
        Reservation {
            auth: request.session.clone(),
            is_routed: request.route.is_some(),
            reserved: self.sink.reserve(request),
            runs_unrecorded: self.runs_unrecorded,
            call,
        }
    }

    /// Tells the sink of an impersonated session's token that was refused.
    pub(crate) fn refused(&self, session: Auth, kind: ErrorKind) {
        self.sink.refused(RefusedToken {
            session,
            rule: kind.name(),
        });
    }
}

/// Waits until an impersonated request is written down.
///
/// It owns all it needs. It resolves to the session as the request's handler is to find it, and to the [`Recording`] that
/// its layer keeps until the response has ended. Dropped before, it stands for a request that does not run.
///
/// # Errors
///
/// [`ErrorKind::ImpersonationEnded`] where the sink says that the session [has ended](NotRecorded::ended);
/// [`ErrorKind::AuditUnavailable`] where the record cannot be written. Where the verifier was told to run such a request all
/// the same, there is no recording instead.
#[must_use = "futures do nothing unless polled"]
pub struct Reservation {
    auth: Auth,
    reserved: ReserveFuture,
    runs_unrecorded: bool,
    is_routed: bool,
    call: Call,
}

impl Reservation {
    /// For a session of which nobody knows where it is recorded: it does not run, whatever else may run unrecorded.
    pub(crate) fn foreign(auth: &Auth) -> Self {
        tracing::error!(
            issuer = &*auth.issuer,
            "the session of an impersonated request is of an issuer that this verifier does not stand for"
        );
        Self {
            auth: auth.clone(),
            reserved: Box::pin(ready(Err(NotRecorded::unavailable(None)))),
            runs_unrecorded: false,
            is_routed: false,
            call: Call::Http,
        }
    }
}

impl Future for Reservation {
    type Output = Result<(Auth, Option<Recording>), Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let reserved = task::ready!(this.reserved.as_mut().poll(cx)).map_err(|error| error.why);
        let outcome = match reserved {
            Ok(permit) => {
                let record = Record::new(permit.id().to_owned());
                #[cfg(feature = "ended")]
                let record = record.with_session_end(permit.session_end());
                let record = Arc::new(record);
                let auth = this.auth.recorded(Arc::clone(&record));
                let recording = Recording::new(record, permit, this.is_routed, this.call);
                Ok((auth, Some(recording)))
            }
            Err(Why::Ended) => Err(ErrorKind::ImpersonationEnded.into()),
            Err(Why::Unavailable { .. }) if this.runs_unrecorded => {
                tracing::error!(
                    "an impersonated request runs unrecorded: the audit record cannot be written"
                );
                Ok((this.auth.clone(), None))
            }
            Err(Why::Unavailable { retry_after }) => {
                tracing::error!(
                    "an impersonated request was refused: the audit record cannot be written"
                );
                Err(Error::audit_unavailable(retry_after))
            }
        };
        Poll::Ready(outcome)
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").finish_non_exhaustive()
    }
}
