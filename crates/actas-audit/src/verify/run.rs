use super::finding::{Finding, Place, Problem};
use crate::event::{Event, EventKind};
use crate::hash::Hash;
use crate::head::Head;
use crate::id::SessionId;
use crate::time::Timestamp;

/// Events of one session that follow each other without a gap.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) session: SessionId,
    /// The head that the first follows, or `None` for the session's first.
    pub(crate) from: Option<Head>,
    /// The last.
    pub(crate) head: Head,
    pub(crate) count: u64,
    /// When the first happened.
    pub(crate) first_at: Timestamp,
    /// When the last happened.
    pub(crate) at: Timestamp,
    /// Whether they tell of nothing but refused tokens.
    pub(crate) are_refused: bool,
    /// When the last of the session's tokens expires, as far as its start or a request among the events says it.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Run {
    pub(crate) fn start(event: &Event, hash: Hash) -> Result<Self, Finding> {
        let place = place(event);
        let from = match (event.seq.checked_sub(1), event.prev) {
            (Some(0), None) => None,
            (Some(seq @ 1..), Some(hash)) => Some(Head { seq, hash }),
            _ => return Err(Finding::new(place, Problem::Start)),
        };
        let expires_at = match (&event.kind, from) {
            (EventKind::SessionStarted(started), None) => Some(started.expires_at),
            (EventKind::SessionStarted(_), Some(_)) | (_, None) => {
                return Err(Finding::new(place, Problem::Start));
            }
            (_, Some(_)) => said_by(event),
        };
        let head = Head {
            seq: event.seq,
            hash,
        };
        Ok(Self {
            session: event.session,
            from,
            head,
            count: 1,
            first_at: event.at,
            at: event.at,
            are_refused: is_refused(event),
            expires_at,
        })
    }

    /// Adds an event of the same session.
    pub(crate) fn follow(&mut self, event: &Event, hash: Hash) -> Result<(), Finding> {
        let expected = self.head.seq.saturating_add(1);
        if event.seq != expected {
            return Err(Finding::new(place(event), Problem::EventGap { expected }));
        }
        if event.prev != Some(self.head.hash) {
            return Err(self.changed());
        }
        if matches!(event.kind, EventKind::SessionStarted(_)) {
            return Err(Finding::new(place(event), Problem::Start));
        }
        if event.at < self.at {
            return Err(Finding::new(place(event), Problem::Before));
        }
        self.head = Head {
            seq: event.seq,
            hash,
        };
        self.count = self.count.saturating_add(1);
        self.at = event.at;
        self.are_refused &= is_refused(event);
        self.expires_at = self.expires_at.max(said_by(event));
        Ok(())
    }

    /// Its last event is not what the record says next.
    pub(crate) fn changed(&self) -> Finding {
        Finding::new(self.place(), Problem::Hash)
    }

    pub(crate) fn place(&self) -> Place {
        Place::Event {
            session: self.session,
            seq: self.head.seq,
        }
    }

    pub(crate) fn first_place(&self) -> Place {
        let seq = self.from.map_or(0, |from| from.seq).saturating_add(1);
        Place::Event {
            session: self.session,
            seq,
        }
    }
}

fn said_by(event: &Event) -> Option<Timestamp> {
    match &event.kind {
        EventKind::Request(request) => request.expires_at,
        _ => None,
    }
}

fn is_refused(event: &Event) -> bool {
    matches!(event.kind, EventKind::RefusedToken(_))
}

fn place(event: &Event) -> Place {
    Place::Event {
        session: event.session,
        seq: event.seq,
    }
}
