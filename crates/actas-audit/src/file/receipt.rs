use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::line::{StatedKey, VERSION};
use crate::body_error::BodyError;
use crate::event::Event;
use crate::hash::Hash;
use crate::head::{Head, LedgerHead};
use crate::id::SessionId;
use crate::json_line;
use crate::key::{KeyId, Signature, VerifyingKey};
use crate::link::{Link, LinkKind};
use crate::signed_link::SignedLink;
use crate::verify::{
    Finding, Next, Place, Problem, Run, StatedLink, Verifier, judge_end, judge_heads,
};

/// The whole of one session up to a link that vouches for it: what can be attached to a support ticket, and checked by
/// anyone who has the public key.
///
/// It is one JSON object. It shows what was done in the session up to that link, and not what other sessions there are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    #[serde(rename = "actas_audit_receipt")]
    version: u64,
    session: SessionId,
    count: u64,
    head: Hash,
    link: String,
    signature: Signature,
    key_id: KeyId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<StatedKey>,
    events: Vec<String>,
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

impl Receipt {
    /// The receipt of the session of `link`, with the bodies of all its events up to the one that the link vouches for.
    /// `key` is for information: nobody should judge a receipt by the key in it.
    ///
    /// # Errors
    ///
    /// [`BodyError`] when the link's body cannot be read.
    pub fn new(
        link: SignedLink,
        key: Option<&VerifyingKey>,
        events: Vec<String>,
    ) -> Result<Self, BodyError> {
        let Link { session, to, .. } = Link::from_body(&link.body)?;
        Ok(Self {
            version: VERSION,
            session,
            count: to.seq,
            head: to.hash,
            link: link.body,
            signature: link.signature,
            key_id: link.key_id,
            key: key.map(StatedKey::new),
            events,
        })
    }

    /// Writes it as one line of JSON.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        let mut line = Vec::new();
        json_line::append(&mut line, self)?;
        line.push(b'\n');
        out.write_all(&line)
    }

    /// Judges it by the keys and the anchors of a verifier.
    ///
    /// # Errors
    ///
    /// The [`Finding`], where something does not hold.
    pub fn verify(&self, verifier: Verifier) -> Result<ReceiptReport, Finding> {
        let (mut keys, mut anchors) = verifier.into_settings();
        let in_record = |problem| Finding::new(Place::Record, problem);
        if self.key.as_ref().is_some_and(|key| !key.is_whole()) {
            return Err(in_record(Problem::Receipt));
        }
        let link = Link::from_body(&self.link).map_err(|error| in_record(Problem::Body(error)))?;
        let hash = Hash::of_link(&self.link);
        keys.judge(link.n, &hash, &self.stated())?;
        judge_heads(&link)?;
        let says_the_same =
            (self.session, self.count, self.head) == (link.session, link.to.seq, link.to.hash);
        if !says_the_same || link.kind == LinkKind::Pruned {
            return Err(in_record(Problem::Receipt));
        }

        let mut run: Option<Run> = None;
        for (position, body) in (1..).zip(&self.events) {
            let event = Event::from_body(body).map_err(|error| {
                let place = Place::Event {
                    session: self.session,
                    seq: position,
                };
                Finding::new(place, Problem::Body(error))
            })?;
            let place = Place::Event {
                session: event.session,
                seq: event.seq,
            };
            if event.session != self.session {
                return Err(Finding::new(place, Problem::OtherSession));
            }
            let hash = Hash::of_event(body);
            match &mut run {
                Some(run) => run.follow(&event, hash)?,
                None if event.seq > 1 => {
                    return Err(Finding::new(place, Problem::EventGap { expected: 1 }));
                }
                None => run = Some(Run::start(&event, hash)?),
            }
            anchors.meet_session(
                event.session,
                Head {
                    seq: event.seq,
                    hash,
                },
            )?;
        }
        let missing = Problem::EventsMissing {
            last: 0,
            vouched: link.to.seq,
        };
        judge_end(
            &link,
            &run.ok_or(Finding::new(Place::Link(link.n), missing))?,
        )?;

        let head = LedgerHead { n: link.n, hash };
        anchors.meet_ledger(head)?;
        if let (Some(n @ 1..), Some(hash)) = (link.n.checked_sub(1), link.prev) {
            anchors.meet_ledger(LedgerHead { n, hash })?;
        }
        anchors.finish()?;
        Ok(ReceiptReport {
            session: self.session,
            head: link.to,
            link: head,
            is_closed: link.kind == LinkKind::Closed,
            key_id: self.key_id,
            is_signed: !keys.signed_by().is_empty(),
        })
    }

    pub(super) const fn version(&self) -> u64 {
        self.version
    }

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
