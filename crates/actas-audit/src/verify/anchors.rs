use super::anchor::Anchor;
use super::finding::{Finding, Place, Problem};
use crate::head::{Head, LedgerHead};
use crate::id::SessionId;
use crate::link::{Link, LinkKind};

/// The anchors that a record must pass through, and whether it did.
#[derive(Default)]
pub(crate) struct Anchors(Vec<(Anchor, Met)>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Not,
    Yes,
    /// The events were removed before it could be met.
    Pruned,
}

impl Anchors {
    pub(super) fn add(&mut self, anchor: Anchor) {
        self.0.push((anchor, Met::Not));
    }

    pub(crate) fn meet_ledger(&mut self, head: LedgerHead) -> Result<(), Finding> {
        for (anchor, met) in &mut self.0 {
            if let Anchor::Ledger(seen) = anchor
                && seen.n == head.n
            {
                if *seen != head {
                    return Err(Finding::new(Place::Link(head.n), Problem::Anchor(*anchor)));
                }
                *met = Met::Yes;
            }
        }
        Ok(())
    }

    pub(crate) fn meet_session(&mut self, session: SessionId, head: Head) -> Result<(), Finding> {
        for (anchor, met) in &mut self.0 {
            if let Anchor::Session(of, seen) = anchor
                && *of == session
                && seen.seq == head.seq
            {
                if *seen == head {
                    *met = Met::Yes;
                } else if *met == Met::Not {
                    // Else it is of the session as it was before it was pruned and opened anew.
                    let place = Place::Event {
                        session,
                        seq: head.seq,
                    };
                    return Err(Finding::new(place, Problem::Anchor(*anchor)));
                }
            }
        }
        Ok(())
    }

    /// What a link vouches for, and what it removes.
    pub(crate) fn meet_link(&mut self, link: &Link) -> Result<(), Finding> {
        self.meet_session(link.session, link.to)?;
        if link.kind != LinkKind::Pruned {
            return Ok(());
        }
        for (anchor, met) in &mut self.0 {
            if let Anchor::Session(session, seen) = anchor
                && *session == link.session
                && *met == Met::Not
                && seen.seq < link.to.seq
            {
                *met = Met::Pruned;
            }
        }
        Ok(())
    }

    /// Every anchor must be met; how many could not, since their events were removed.
    pub(crate) fn finish(&self) -> Result<u64, Finding> {
        let mut pruned: u64 = 0;
        for (anchor, met) in &self.0 {
            match met {
                Met::Not => return Err(Finding::new(Place::Record, Problem::Anchor(*anchor))),
                Met::Yes => (),
                Met::Pruned => pruned = pruned.saturating_add(1),
            }
        }
        Ok(pruned)
    }
}
