use crate::event::{Event, EventKind, RecordedActor, Request, SessionStarted};

/// What an event is about, from other events of its session: an event of another schema stands alone.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The session's first event.
    pub started: &'a SessionStarted,
    /// The request that an [`Outcome`](crate::Outcome) or an [`Action`](crate::Action) names, where it is known.
    pub request: Option<&'a Request>,
}

impl<'a> About<'a> {
    /// The request that the event is, or that it is about.
    pub(super) fn request(&self, event: &'a Event) -> Option<&'a Request> {
        match &event.kind {
            EventKind::Request(request) => Some(request),
            _ => self.request,
        }
    }

    /// Who acted.
    pub(super) fn actor(&self, event: &'a Event) -> &'a RecordedActor {
        let of_request = self
            .request(event)
            .and_then(|request| request.actor.as_ref());
        of_request.unwrap_or(&self.started.actor)
    }
}
