use std::time::Duration;

use super::anchor::Anchor;
use super::finding::{Finding, Place, Problem};
use super::promise::{Promise, Promises};
use super::report::Report;
use super::run::Run;
use super::stated::{Next, StatedLink};
use crate::event::Event;
use crate::hash::Hash;
use crate::head::{Head, LedgerHead};
use crate::id::SessionId;
use crate::key::VerifyingKey;
use crate::link::{Link, LinkKind};
use crate::malformed::NoRandomness;
use crate::time::Timestamp;

/// How long after its token expired a session must be closed of which nothing but the start was seen.
const CLOSED_AFTER_EXPIRY: Duration = Duration::from_hours(1);
/// How long after the last event beyond its links a session must be closed. Its token may be a later one than it started
/// with, so this is longer than tokens live.
const CLOSED_AFTER_EVENT: Duration = Duration::from_hours(25);

/// Judges a record in constant memory.
///
/// It is fed in one order: for each link of the ledger, from the first, those events of its session that follow the
/// session's link before it ([`event`](Self::event)), then the link ([`link`](Self::link)); after the last link the
/// events that no link vouches for yet, by the sessions' ids. It stops at the first thing that does not hold: after an
/// error it must not be used further.
///
/// Without a public key ([`add_public_key`](Self::add_public_key)) it shows accidents, and not that the whole was
/// written anew; with one, all but what the holder of the signing key could write. What was cut off at the end is shown by
/// an anchor ([`add_anchor`](Self::add_anchor)).
pub struct Verifier {
    now: Timestamp,
    keys: Vec<(VerifyingKey, u64)>,
    anchors: Vec<(Anchor, Met)>,
    first_link: u64,
    /// Events since the last link.
    run: Option<Run>,
    /// The events before those, where no link stands between the two: as in the part after the last link.
    before: Option<Run>,
    /// The last session whose events beyond its links were judged.
    last_open: Option<SessionId>,
    promises: Promises,
    report: Report,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Not,
    Yes,
    /// The events were removed before it could be met.
    Pruned,
}

impl Verifier {
    /// A verifier of a whole record, as of `now`: by it is judged which sessions should have been closed.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] when the machine gives no random bytes.
    pub fn new(now: Timestamp) -> Result<Self, NoRandomness> {
        Ok(Self {
            now,
            keys: Vec::new(),
            anchors: Vec::new(),
            first_link: 1,
            run: None,
            before: None,
            last_open: None,
            promises: Promises::new()?,
            report: Report::default(),
        })
    }

    /// Adds a key that links may be signed by. By default there is none, and signatures are not judged.
    #[must_use]
    pub fn add_public_key(mut self, key: VerifyingKey) -> Self {
        self.keys.push((key, 0));
        self
    }

    /// Adds a head that the record must pass through.
    #[must_use]
    pub fn add_anchor(mut self, anchor: Anchor) -> Self {
        self.anchors.push((anchor, Met::Not));
        self
    }

    /// Takes a record that begins at this link of the ledger. What a session's links before it say is not known then, and
    /// neither is whether sessions are missing; an anchor of the link before it is met by the first link. By default, 1.
    #[must_use]
    pub fn with_first_link(mut self, n: u64) -> Self {
        self.first_link = n;
        self
    }

    /// Judges the next event, and gives it back.
    ///
    /// # Errors
    ///
    /// The [`Finding`], where something does not hold.
    pub fn event(&mut self, body: &str) -> Result<Event, Finding> {
        self.report.events = self.report.events.saturating_add(1);
        let event = Event::from_body(body).map_err(|error| {
            let place = match Event::names(body) {
                Some((session, seq)) => Place::Event { session, seq },
                None => Place::EventAt(self.report.events),
            };
            Finding::new(place, Problem::Body(error))
        })?;
        let hash = Hash::of_event(body);
        match &mut self.run {
            Some(run) if run.session == event.session => run.follow(&event, hash)?,
            _ => {
                let run = Run::start(&event, hash)?;
                if let Some(before) = self.before.take() {
                    self.judge_open(&before)?;
                }
                self.before = self.run.replace(run);
            }
        }
        self.meet_session(
            event.session,
            Head {
                seq: event.seq,
                hash,
            },
        )?;
        Ok(event)
    }

    /// Judges the next link, and gives it back.
    ///
    /// # Errors
    ///
    /// The [`Finding`], where something does not hold.
    pub fn link(&mut self, stated: &StatedLink<'_>) -> Result<Link, Finding> {
        let expected = match self.report.head {
            Some(head) => head.n.saturating_add(1),
            None => self.first_link,
        };
        let link = Link::from_body(stated.body)
            .map_err(|error| Finding::new(Place::Link(expected), Problem::Body(error)))?;
        let hash = Hash::of_link(stated.body);
        self.judge_chain(&link, expected)?;
        self.judge_signature(&link, &hash, stated)?;
        judge_heads(&link)?;
        self.judge_events(&link, stated.is_pruned)?;
        self.judge_next(&link, stated)?;
        let head = LedgerHead { n: link.n, hash };
        self.meet_ledger(head)?;
        self.meet_session(link.session, link.to)?;
        if link.kind == LinkKind::Pruned {
            self.prune_anchors(&link);
        }
        self.report.head = Some(head);
        self.report.first_link.get_or_insert(link.n);
        self.report.links = self.report.links.saturating_add(1);
        self.run = None;
        Ok(link)
    }

    /// Judges what must hold at the record's end.
    ///
    /// # Errors
    ///
    /// The [`Finding`], where something does not hold.
    pub fn finish(mut self) -> Result<Report, Finding> {
        for run in [self.before.take(), self.run.take()].into_iter().flatten() {
            self.judge_open(&run)?;
        }
        // Where a session's links begin before the record does, promises were made that it does not hold.
        if self.first_link == 1 && !self.promises.are_kept() {
            return Err(Finding::new(Place::Record, Problem::Next));
        }
        for (anchor, met) in &self.anchors {
            match met {
                Met::Not => return Err(Finding::new(Place::Record, Problem::Anchor(*anchor))),
                Met::Yes => (),
                Met::Pruned => {
                    self.report.pruned_anchors = self.report.pruned_anchors.saturating_add(1);
                }
            }
        }
        self.report.signed_by = self
            .keys
            .iter()
            .map(|(key, count)| (key.id(), *count))
            .collect();
        Ok(self.report)
    }

    fn judge_chain(&mut self, link: &Link, expected: u64) -> Result<(), Finding> {
        let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
        if link.n != expected {
            return found(Problem::LinkGap { expected });
        }
        match (self.report.head, link.prev) {
            (Some(head), Some(prev)) if head.hash == prev => Ok(()),
            (None, None) if link.n == 1 => Ok(()),
            // The first of a record that begins later: what came before it is known by an anchor, if at all.
            (None, Some(hash)) if link.n > 1 => self.meet_ledger(LedgerHead {
                n: link.n.saturating_sub(1),
                hash,
            }),
            _ => found(Problem::LinkHash),
        }
    }

    fn judge_signature(
        &mut self,
        link: &Link,
        hash: &Hash,
        stated: &StatedLink<'_>,
    ) -> Result<(), Finding> {
        let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
        if self.keys.is_empty() {
            return Ok(());
        }
        match self
            .keys
            .iter_mut()
            .find(|(key, _)| key.id() == stated.key_id)
        {
            None => found(Problem::OtherKey(stated.key_id)),
            Some((key, count)) if key.has_signed(hash, &stated.signature) => {
                *count = count.saturating_add(1);
                Ok(())
            }
            Some(_) => found(Problem::Signature),
        }
    }

    /// The events since the last link must be those that this one vouches for.
    fn judge_events(&mut self, link: &Link, is_pruned: bool) -> Result<(), Finding> {
        let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
        if self.last_open.is_some() {
            return found(Problem::Order);
        }
        let mut runs = [self.before, self.run].into_iter().flatten();
        if let Some(run) = runs.find(|run| run.session != link.session) {
            return Err(Finding::new(run.first_place(), Problem::OtherSession));
        }
        let events_are_gone = is_pruned || link.kind == LinkKind::Pruned;
        let Some(run) = self.run else {
            if events_are_gone || link.from == Some(link.to) {
                return Ok(());
            }
            let last = link.from.map_or(0, |from| from.seq);
            return found(Problem::EventsMissing {
                last,
                vouched: link.to.seq,
            });
        };
        let (last, vouched) = (run.head.seq, link.to.seq);
        if events_are_gone {
            return found(Problem::Pruned);
        }
        if run.from != link.from {
            let expected = link.from.map_or(0, |from| from.seq).saturating_add(1);
            let is_gap = run.from.is_some_and(|from| from.seq >= expected);
            let gap = Finding::new(run.first_place(), Problem::EventGap { expected });
            return if is_gap {
                Err(gap)
            } else {
                found(Problem::From)
            };
        }
        if last < vouched {
            return found(Problem::EventsMissing { last, vouched });
        }
        if last > vouched {
            return found(Problem::EventsBeyond { last, vouched });
        }
        if run.head.hash == link.to.hash {
            Ok(())
        } else {
            Err(run.changed())
        }
    }

    /// The session must go on where this link says, and this link must be where the session goes on.
    fn judge_next(&mut self, link: &Link, stated: &StatedLink<'_>) -> Result<(), Finding> {
        let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
        let promise = |link_n, head, is_pruned| Promise {
            session: link.session,
            link: link_n,
            head,
            is_pruned,
        };
        match link.kind {
            LinkKind::Opened => self.report.sessions = self.report.sessions.saturating_add(1),
            LinkKind::Closed => {
                let from = link.from.unwrap_or(link.to);
                self.promises
                    .keep(&promise(Some(link.n), from, stated.is_pruned));
            }
            LinkKind::Pruned => {
                self.promises.keep(&promise(Some(link.n), link.to, true));
                self.report.pruned = self.report.pruned.saturating_add(1);
            }
        }
        if link.kind == LinkKind::Pruned {
            let is_last = stated.next == Next::Nowhere && !stated.is_pruned;
            return if is_last {
                Ok(())
            } else {
                found(Problem::Next)
            };
        }
        match stated.next {
            Next::Link(n) if n > link.n => {
                self.promises
                    .make(&promise(Some(n), link.to, stated.is_pruned));
                Ok(())
            }
            Next::Link(_) => found(Problem::Next),
            Next::Events | Next::Nowhere if stated.is_pruned => found(Problem::NotPruned),
            Next::Events => {
                self.promises.make(&promise(None, link.to, false));
                Ok(())
            }
            Next::Nowhere => {
                let expires_at = self.run.and_then(|run| run.expires_at);
                let is_over =
                    expires_at.is_some_and(|at| at.saturating_add(CLOSED_AFTER_EXPIRY) < self.now);
                if link.kind == LinkKind::Opened && is_over {
                    return Err(Finding::new(
                        Place::Session(link.session),
                        Problem::NotClosed,
                    ));
                }
                Ok(())
            }
        }
    }

    /// Judges the events of a session that no link vouches for.
    fn judge_open(&mut self, run: &Run) -> Result<(), Finding> {
        if self.last_open.is_some_and(|last| last >= run.session) {
            return Err(Finding::new(run.first_place(), Problem::Order));
        }
        self.last_open = Some(run.session);
        let Some(head) = run.from else {
            return Err(Finding::new(Place::Session(run.session), Problem::Unlinked));
        };
        self.promises.keep(&Promise {
            session: run.session,
            link: None,
            head,
            is_pruned: false,
        });
        if run.at.saturating_add(CLOSED_AFTER_EVENT) < self.now {
            return Err(Finding::new(
                Place::Session(run.session),
                Problem::NotClosed,
            ));
        }
        self.report.unsigned_events = self.report.unsigned_events.saturating_add(run.count);
        Ok(())
    }

    fn meet_ledger(&mut self, head: LedgerHead) -> Result<(), Finding> {
        for (anchor, met) in &mut self.anchors {
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

    fn meet_session(&mut self, session: SessionId, head: Head) -> Result<(), Finding> {
        for (anchor, met) in &mut self.anchors {
            if let Anchor::Session(of, seen) = anchor
                && *of == session
                && seen.seq == head.seq
            {
                if *seen == head {
                    *met = Met::Yes;
                } else if *met == Met::Not {
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

    fn prune_anchors(&mut self, link: &Link) {
        for (anchor, met) in &mut self.anchors {
            if let Anchor::Session(session, seen) = anchor
                && *session == link.session
                && *met == Met::Not
                && seen.seq < link.to.seq
            {
                *met = Met::Pruned;
            }
        }
    }
}

/// A link's kind says what its heads must be.
fn judge_heads(link: &Link) -> Result<(), Finding> {
    let are_good = match (link.kind, link.from) {
        (LinkKind::Opened, None) => link.to.seq == 1,
        (LinkKind::Closed, Some(from)) => {
            from.seq >= 1 && (from.seq < link.to.seq || from == link.to)
        }
        (LinkKind::Pruned, None) => link.to.seq >= 1,
        _ => false,
    };
    if are_good {
        Ok(())
    } else {
        Err(Finding::new(Place::Link(link.n), Problem::LinkHeads))
    }
}
