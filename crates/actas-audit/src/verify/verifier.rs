use std::time::Duration;

use super::anchor::Anchor;
use super::anchors::Anchors;
use super::finding::{Finding, Place, Problem};
use super::heads::{judge_events, judge_heads};
use super::keys::Keys;
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

/// How long after its last token expired a session must be closed.
const CLOSED_AFTER_EXPIRY: Duration = Duration::from_hours(1);
/// How much longer refused tokens alone may stand beyond a link that closed their session, from the last of them: a store
/// waits until no more come.
const QUIET: Duration = Duration::from_hours(1);
/// The same, from the first of them: a store does not wait for ever.
const UNSIGNED: Duration = Duration::from_hours(24);
/// How far the clocks of whoever wrote a record and whoever judges it may be apart.
const CLOCKS: Duration = Duration::from_mins(5);

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
    keys: Keys,
    anchors: Anchors,
    /// Events since the last link.
    run: Option<Run>,
    /// The events before those, where no link stands between the two: as in the part after the last link.
    before: Option<Run>,
    /// The last session whose events beyond its links were judged.
    last_open: Option<SessionId>,
    promises: Promises,
    report: Report,
}

impl Verifier {
    /// A verifier of a whole record, as of `now`: by it is judged which sessions should have been closed, and nothing may
    /// have happened more than 5 minutes after it.
    ///
    /// A record that was copied while sessions were open holds as of then, and later no more: nothing in it shows that they
    /// were closed afterwards. So an archive is judged as of the time at which it was taken, by the word of somebody who is
    /// trusted to know: whoever can cut a record can also say in it that it is older.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] when the machine gives no random bytes.
    pub fn new(now: Timestamp) -> Result<Self, NoRandomness> {
        Ok(Self {
            now,
            keys: Keys::default(),
            anchors: Anchors::default(),
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
        self.keys.add(key);
        self
    }

    /// Adds a head that the record must pass through.
    #[must_use]
    pub fn add_anchor(mut self, anchor: Anchor) -> Self {
        self.anchors.add(anchor);
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
        if self.is_to_come(event.at) {
            let (session, seq) = (event.session, event.seq);
            return Err(Finding::new(Place::Event { session, seq }, Problem::ToCome));
        }
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
        self.anchors.meet_session(
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
        let expected = self.report.head.map_or(0, |head| head.n).saturating_add(1);
        let link = Link::from_body(stated.body)
            .map_err(|error| Finding::new(Place::Link(expected), Problem::Body(error)))?;
        let hash = Hash::of_link(stated.body);
        self.judge_chain(&link, expected)?;
        self.keys.judge(link.n, &hash, stated)?;
        if self.is_to_come(link.at) {
            return Err(Finding::new(Place::Link(link.n), Problem::ToCome));
        }
        judge_heads(&link)?;
        let run = self.judge_place(&link)?;
        let are_pruned = stated.is_pruned || link.kind == LinkKind::Pruned;
        judge_events(&link, run.as_ref(), are_pruned)?;
        self.judge_before(&link, stated.is_pruned);
        self.judge_next(&link, stated, run.and_then(|run| run.expires_at))?;
        let head = LedgerHead { n: link.n, hash };
        self.anchors.meet_ledger(head)?;
        self.anchors.meet_link(&link)?;
        self.report.head = Some(head);
        self.report.last_key = Some(stated.key_id);
        self.report.links = self.report.links.saturating_add(1);
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
        if !self.promises.are_kept() {
            return Err(Finding::new(Place::Record, Problem::Next));
        }
        self.report.pruned_anchors = self.anchors.finish()?;
        self.report.signed_by = self.keys.signed_by();
        Ok(self.report)
    }

    /// What a receipt is judged by.
    pub(crate) fn into_settings(self) -> (Keys, Anchors) {
        (self.keys, self.anchors)
    }

    fn judge_chain(&self, link: &Link, expected: u64) -> Result<(), Finding> {
        let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
        if link.n != expected {
            return found(Problem::LinkGap { expected });
        }
        match (self.report.head, link.prev) {
            (Some(head), Some(prev)) if head.hash == prev => Ok(()),
            (None, None) => Ok(()),
            _ => found(Problem::LinkHash),
        }
    }

    /// The events before a link must be of its session, and none of another that no link vouches for.
    fn judge_place(&mut self, link: &Link) -> Result<Option<Run>, Finding> {
        let runs = [self.before.take(), self.run.take()];
        match runs
            .iter()
            .flatten()
            .find(|run| run.session != link.session)
        {
            Some(run) => Err(Finding::new(run.first_place(), Problem::OtherSession)),
            None => Ok(runs.into_iter().flatten().next()),
        }
    }

    /// This link is where an earlier one says that the session goes on.
    fn judge_before(&mut self, link: &Link, is_pruned: bool) {
        let promise = |head, is_pruned| Promise {
            session: link.session,
            link: Some(link.n),
            head,
            is_pruned,
        };
        match link.kind {
            LinkKind::Opened => self.report.sessions = self.report.sessions.saturating_add(1),
            LinkKind::Closed => self
                .promises
                .keep(&promise(link.from.unwrap_or(link.to), is_pruned)),
            LinkKind::Pruned => {
                self.promises.keep(&promise(link.to, true));
                self.report.pruned = self.report.pruned.saturating_add(1);
            }
        }
    }

    /// The session must go on where this link says, or need not.
    fn judge_next(
        &mut self,
        link: &Link,
        stated: &StatedLink<'_>,
        expires_at: Option<Timestamp>,
    ) -> Result<(), Finding> {
        let found = |problem| Err(Finding::new(Place::Link(link.n), problem));
        let is_pruned = stated.is_pruned;
        let promise = |next| Promise {
            session: link.session,
            link: next,
            head: link.to,
            is_pruned,
        };
        let is_late = |over_at| self.is_past(over_at, CLOSED_AFTER_EXPIRY);
        match (stated.next, link.kind) {
            (Next::Nowhere, LinkKind::Pruned) if !is_pruned => Ok(()),
            (_, LinkKind::Pruned) => found(Problem::Next),
            (Next::Link(n), _) if n > link.n => {
                self.promises.make(&promise(Some(n)));
                Ok(())
            }
            (Next::Link(_), _) => found(Problem::Next),
            (Next::Events | Next::Nowhere, _) if is_pruned => found(Problem::NotPruned),
            (Next::Events, _) => {
                self.promises.make(&promise(None));
                Ok(())
            }
            (Next::Nowhere, LinkKind::Opened) if expires_at.is_some_and(is_late) => Err(
                Finding::new(Place::Session(link.session), Problem::NotClosed),
            ),
            (Next::Nowhere, _) => Ok(()),
        }
    }

    fn is_past(&self, moment: Timestamp, grace: Duration) -> bool {
        moment.saturating_add(grace) < self.now
    }

    fn is_to_come(&self, at: Timestamp) -> bool {
        self.now.saturating_add(CLOCKS) < at
    }

    /// Whether events that no link vouches for should be under one by now.
    ///
    /// A request says with its event how long the session is good. Where there is none, it is not good any more: a session
    /// starts with a request, and is closed once it is over.
    fn is_late(&self, run: &Run, head: Head) -> bool {
        if run.are_refused && head.seq > 1 {
            return self.is_past(run.at.saturating_add(QUIET), CLOSED_AFTER_EXPIRY)
                || self.is_past(run.first_at.saturating_add(UNSIGNED), CLOSED_AFTER_EXPIRY);
        }
        let over_at = run.expires_at.map_or(run.at, |at| at.max(run.at));
        self.is_past(over_at, CLOSED_AFTER_EXPIRY)
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
        if self.is_late(run, head) {
            return Err(Finding::new(
                Place::Session(run.session),
                Problem::NotClosed,
            ));
        }
        self.report.unsigned_events = self.report.unsigned_events.saturating_add(run.count);
        Ok(())
    }
}
