use std::fmt;

use actas_core::{Recording, ends_with_head};
use actix_web::body::BodySize;
use actix_web::http::{Method, StatusCode};

/// What follows an impersonated request until its response has ended.
///
/// Dropped before, it leaves the record of an aborted request.
pub(crate) struct Trail {
    recording: Option<Recording>,
    method: Method,
}

impl Trail {
    pub(crate) fn new(recording: Option<Recording>, method: Method) -> Self {
        Self { recording, method }
    }

    /// The head of the response is there, with a body of `size`.
    pub(crate) fn answered(&mut self, status: StatusCode, size: BodySize) {
        let status = status.as_u16();
        if let Some(recording) = &mut self.recording {
            recording.answered(status);
        }
        if size.is_eof() || ends_with_head(self.method.as_str(), status) {
            self.complete();
        }
    }

    /// The response was sent to its end.
    pub(crate) fn complete(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.complete();
        }
    }

    /// The body broke off.
    pub(crate) fn abort(&mut self) {
        drop(self.recording.take());
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail")
            .field("recording", &self.recording)
            .finish_non_exhaustive()
    }
}
