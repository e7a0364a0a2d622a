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
}

impl Recording {
    pub(crate) fn new(record: Arc<Record>, permit: Box<dyn AuditPermit>) -> Self {
        Self {
            record,
            permit: Some(permit),
            status: None,
        }
    }

    /// The head of the response is there, with this status.
    pub fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// The response was sent to its end.
    pub fn complete(mut self) {
        self.finish(AuditEnd::Completed);
    }

    fn finish(&mut self, end: AuditEnd) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        let marks = self.record.close();
        permit.finish(AuditOutcome {
            end,
            status: self.status,
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
