use serde::Serialize;

use super::line::StatedKey;
use crate::event::Event;
use crate::hash::Hash;
use crate::head::{Head, LedgerHead};
use crate::id::SessionId;
use crate::key::{KeyId, Signature};
use crate::link::{Link, LinkKind};
use crate::verify::{
    Anchors, Finding, Keys, Next, Place, Problem, Run, StatedLink, Verifier, judge_end, judge_heads,
};

/// What a receipt has beside its events.
#[derive(Serialize)]
pub(super) struct ReceiptHead {
    #[serde(rename = "actas_audit_receipt")]
    pub(super) version: u64,
    pub(super) session: SessionId,
    pub(super) count: u64,
    pub(super) head: Hash,
    pub(super) link: String,
    pub(super) signature: Signature,
    pub(super) key_id: KeyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<StatedKey>,
}

/// What a receipt that holds shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiptReport {
    /// The session.
    pub session: SessionId,
    /// How many events it has up to its link, and the hash of the last: an anchor for later.
    pub head: Head,
    /// The link: an anchor for later.
    pub link: LedgerHead,
    /// Whether the link says that the session was over.
    pub is_closed: bool,
    /// The key that the link names.
    pub key_id: KeyId,
    /// Whether a public key was given, so that the signature held. Without one, a receipt shows accidents, and not who
    /// wrote it.
    pub is_signed: bool,
}

/// Judges a receipt in constant memory. Its events may come before all else, as where a tool has sorted its members.
pub(super) struct ReceiptJudge {
    keys: Keys,
    anchors: Anchors,
    run: Option<Run>,
    events: u64,
    /// The first thing in the events that does not hold.
    found: Option<Finding>,
}

impl ReceiptJudge {
    pub(super) fn new(verifier: Verifier) -> Self {
        let (keys, anchors) = verifier.into_settings();
        Self {
            keys,
            anchors,
            run: None,
            events: 0,
            found: None,
        }
    }

    /// Takes the next event.
    pub(super) fn event(&mut self, body: &str) {
        self.events = self.events.saturating_add(1);
        if self.found.is_none() {
            self.found = self.judge(body).err();
        }
    }

    fn judge(&mut self, body: &str) -> Result<(), Finding> {
        let event = Event::from_body(body)
            .map_err(|error| Finding::new(Place::EventAt(self.events), Problem::Body(error)))?;
        let place = Place::Event {
            session: event.session,
            seq: event.seq,
        };
        let hash = Hash::of_event(body);
        match &mut self.run {
            Some(run) if run.session != event.session => {
                return Err(Finding::new(place, Problem::OtherSession));
            }
            Some(run) => run.follow(&event, hash)?,
            None if event.seq > 1 => {
                return Err(Finding::new(place, Problem::EventGap { expected: 1 }));
            }
            None => self.run = Some(Run::start(&event, hash)?),
        }
        let seq = event.seq;
        self.anchors.meet_session(event.session, Head { seq, hash })
    }

    /// Judges what was said beside the events, which is what they are judged by.
    pub(super) fn finish(mut self, said: &ReceiptHead) -> Result<ReceiptReport, Finding> {
        let in_record = |problem| Finding::new(Place::Record, problem);
        if said.key.as_ref().is_some_and(|key| !key.is_whole()) {
            return Err(in_record(Problem::Receipt));
        }
        let link = Link::from_body(&said.link).map_err(|error| in_record(Problem::Body(error)))?;
        let hash = Hash::of_link(&said.link);
        self.keys.judge(link.n, &hash, &said.stated())?;
        judge_heads(&link)?;
        let says_the_same =
            (said.session, said.count, said.head) == (link.session, link.to.seq, link.to.hash);
        if !says_the_same || link.kind == LinkKind::Pruned {
            return Err(in_record(Problem::Receipt));
        }
        if let Some(run) = self.run.filter(|run| run.session != said.session) {
            return Err(Finding::new(run.first_place(), Problem::OtherSession));
        }
        if let Some(finding) = self.found {
            return Err(match finding.place {
                Place::EventAt(seq) => {
                    let session = said.session;
                    Finding::new(Place::Event { session, seq }, finding.problem)
                }
                _ => finding,
            });
        }
        let missing = Problem::EventsMissing {
            last: 0,
            vouched: link.to.seq,
        };
        let run = self.run.ok_or(Finding::new(Place::Link(link.n), missing))?;
        judge_end(&link, &run)?;

        let head = LedgerHead { n: link.n, hash };
        self.anchors.meet_ledger(head)?;
        if let (Some(n @ 1..), Some(hash)) = (link.n.checked_sub(1), link.prev) {
            self.anchors.meet_ledger(LedgerHead { n, hash })?;
        }
        self.anchors.finish()?;
        Ok(ReceiptReport {
            session: said.session,
            head: link.to,
            link: head,
            is_closed: link.kind == LinkKind::Closed,
            key_id: said.key_id,
            is_signed: !self.keys.signed_by().is_empty(),
        })
    }
}

impl ReceiptHead {
    fn stated(&self) -> StatedLink<'_> {
        StatedLink {
            body: &self.link,
            signature: self.signature,
            key_id: self.key_id,
            next: Next::Nowhere,
            is_pruned: false,
        }
    }
}
