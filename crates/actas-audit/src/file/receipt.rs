use std::io::{self, Write};

use serde::Serialize;

use super::line::{StatedKey, VERSION};
use super::receipt_judge::{ReceiptHead, ReceiptJudge, ReceiptReport};
use crate::body_error::BodyError;
use crate::json_line;
use crate::key::VerifyingKey;
use crate::link::Link;
use crate::signed_link::SignedLink;
use crate::verify::{Finding, Verifier};

/// The whole of one session up to a link that vouches for it: what can be attached to a support ticket, and checked by
/// anyone who has the public key.
///
/// It is one JSON object, which [`judge`](crate::judge) reads. It shows what was done in the session up to that link, and not
/// what other sessions there are.
#[derive(Serialize)]
pub struct Receipt {
    #[serde(flatten)]
    head: ReceiptHead,
    events: Vec<String>,
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
        let head = ReceiptHead {
            version: VERSION,
            session,
            count: to.seq,
            head: to.hash,
            link: link.body,
            signature: link.signature,
            key_id: link.key_id,
            key: key.map(StatedKey::new),
        };
        Ok(Self { head, events })
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
        let mut judge = ReceiptJudge::new(verifier);
        for body in &self.events {
            judge.event(body);
        }
        judge.finish(&self.head)
    }
}
