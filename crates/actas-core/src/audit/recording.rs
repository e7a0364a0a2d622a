use std::fmt;
use std::sync::Arc;

use crate::audit::sink::{AuditEnd, AuditOutcome, AuditPermit};
use crate::record::Record;

/// The record of a running request, held by the layer that reserved it until the response has ended.
///
/// Dropped before [`complete`](Self::complete), it tells the sink that the request was aborted.
#[must_use = "dropped at once, it records an aborted request"]
pub struct Recording {
    record: Arc<Record>,
    permit: Option<Box<dyn AuditPermit>>,
    status: Option<u16>,
    route: Late,
    call: Call,
}

/// What says what became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// The status.
    Http,
    /// The status of the gRPC call, with that of the response, which is 200 either way.
    Grpc,
    /// A gRPC call whose status was another than 0.
    GrpcFailed,
}

/// The template of the route.
enum Late {
    /// The reservation has it.
    Reserved,
    /// The reservation does not, and the response may tell.
    Told(Option<String>),
}

impl Recording {
    pub(crate) fn new(
        record: Arc<Record>,
        permit: Box<dyn AuditPermit>,
        is_routed: bool,
        call: Call,
    ) -> Self {
        Self {
            record,
            permit: Some(permit),
            status: None,
            route: if is_routed {
                Late::Reserved
            } else {
                Late::Told(None)
            },
            call,
        }
    }

    /// The head of the response is there, with this status.
    pub fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// The head or the trailers of the response have the field `grpc-status`, with this value. It counts where the request
    /// was a gRPC call.
    pub fn grpc_status(&mut self, value: &[u8]) {
        if self.call == Call::Grpc && value != b"0" {
            self.call = Call::GrpcFailed;
        }
    }

    /// The request took the route whose template `route` tells. It is asked only where the template was not known when the
    /// request was reserved.
    pub fn routed(&mut self, route: impl FnOnce() -> Option<String>) {
        if let Late::Told(told) = &mut self.route {
            *told = route();
        }
    }

    /// The response was sent to its end.
    pub fn complete(mut self) {
        self.finish(AuditEnd::Completed);
    }

    fn finish(&mut self, end: AuditEnd) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        let mut marks = self.record.close();
        // A call that was refused says so in the head. Where no status came, it broke off after it had begun to answer.
        let has_run = self.status.is_some_and(|status| status < 400);
        marks.weigh_proof(has_run && self.call != Call::GrpcFailed);
        permit.finish(AuditOutcome {
            end,
            status: self.status,
            route: match &mut self.route {
                Late::Reserved => None,
                Late::Told(route) => route.take(),
            },
            denied_by: marks.denied_by,
            reported: marks.reported,
            notes: marks.notes,
        });
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.finish(AuditEnd::Aborted);
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("record", &self.record)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
