use crate::key::{KeyId, Signature};

/// A link as it is stored, and what is said of it beside its body.
///
/// What is said beside the body lets a record of any length be judged in constant memory. It need not be believed: what
/// contradicts the record is found.
#[derive(Clone, Copy, Debug)]
pub struct StatedLink<'a> {
    /// The body, as it is stored.
    pub body: &'a str,
    /// The signature over the body's hash.
    pub signature: Signature,
    /// The key that signed.
    pub key_id: KeyId,
    /// Where the session goes on.
    pub next: Next,
    /// Whether the session's events have been removed: a later link of the session is
    /// [`Pruned`](crate::LinkKind::Pruned). False for that link itself.
    pub is_pruned: bool,
}

/// Where a session goes on after a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// In the session's next link, which has this number. For a link with which a session is opened anew after it was
    /// pruned, that is nobody's next.
    Link(u64),
    /// In events that no link vouches for yet.
    Events,
    /// Nowhere: this link is the session's last, and vouches for all its events, or they were pruned.
    Nowhere,
}
