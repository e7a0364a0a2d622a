use std::fmt;

use super::anchor::Anchor;
use crate::body_error::BodyError;
use crate::id::SessionId;
use crate::key::KeyId;

/// The first thing in a record that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where it stands.
    pub place: Place,
    /// What does not hold.
    pub problem: Problem,
    /// The line of the file that was read when it showed, from 1.
    pub line: Option<u64>,
}

impl Finding {
    pub(crate) const fn new(place: Place, problem: Problem) -> Self {
        Self {
            place,
            problem,
            line: None,
        }
    }

    pub(crate) fn on_line(self, line: u64) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for Finding {}

/// Where something stands in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// An event.
    Event {
        /// Its session.
        session: SessionId,
        /// Its number within the session.
        seq: u64,
    },
    /// A record that is read as no event, and follows this one: counted from 1 over the whole record.
    EventAt(u64),
    /// A link of the ledger.
    Link(u64),
    /// A session as a whole.
    Session(SessionId),
    /// The record as a whole.
    Record,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event { session, seq } => write!(f, "event {seq} of session {session}"),
            Self::EventAt(count) => write!(f, "the record's event {count}"),
            Self::Link(n) => write!(f, "link {n}"),
            Self::Session(session) => write!(f, "session {session}"),
            Self::Record => f.write_str("the record"),
        }
    }
}

/// What does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The body of an event or a link cannot be read.
    Body(BodyError),
    /// A line of a file is none of an export's, or stands where it cannot.
    Line,
    /// A file says that it begins later than the ledger: who cut off its beginning could hide anything with it.
    NotFromFirst {
        /// The link that it says it begins with.
        n: u64,
    },
    /// A row of a database is not as this crate writes it.
    Row,
    /// A file ends before its last line, or the last line says other than what came before it.
    Incomplete,
    /// An event's hash is not the one that the next event of its session, or the link over it, names.
    Hash,
    /// Another event of the session belongs where this one stands.
    EventGap {
        /// The number that follows the event before.
        expected: u64,
    },
    /// The session's first event is not its start, or a later one is.
    Start,
    /// The event belongs to another session than the link that follows it.
    OtherSession,
    /// Another link belongs where this one stands.
    LinkGap {
        /// The number that follows the link before.
        expected: u64,
    },
    /// The link does not name the hash of the link before it.
    LinkHash,
    /// The link's members contradict each other: its kind, and the heads it leads from and to.
    LinkHeads,
    /// The link is signed by none of the keys that were given.
    OtherKey(KeyId),
    /// The link's signature does not hold.
    Signature,
    /// The link vouches for events that are not there.
    EventsMissing {
        /// The last event that is there, or 0.
        last: u64,
        /// The last event that the link vouches for.
        vouched: u64,
    },
    /// There are events that the link before them does not vouch for and that it must.
    EventsBeyond {
        /// The last event that is there.
        last: u64,
        /// The last event that the link vouches for.
        vouched: u64,
    },
    /// The events do not follow from the head that the link leads from.
    From,
    /// Events of a session are there although the ledger says that they were removed.
    Pruned,
    /// Events of a session are gone, and the ledger does not say that they were removed.
    NotPruned,
    /// The session was over long ago, and no link closes it over all its events.
    NotClosed,
    /// It happened more than 5 minutes after the time as of which the record is judged.
    ToCome,
    /// The event happened before the event that it follows.
    Before,
    /// A receipt says other than its link, or its link is none that a receipt can be made of.
    Receipt,
    /// The session is in no link.
    Unlinked,
    /// Events that no link vouches for are not in the order of their sessions' ids.
    Order,
    /// What is said of where a session goes on contradicts where it does.
    Next,
    /// A column of the session's row in the list says other than the session's events and links.
    Listed(&'static str),
    /// The session is in the list, and has no events.
    ListedAlone,
    /// The session has events, and is not in the list.
    Unlisted,
    /// The record does not pass through an anchor: it was cut or rewritten before it.
    Anchor(Anchor),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(error) => error.fmt(f),
            Self::Line => f.write_str("the line is none of an export's, or stands where it cannot"),
            Self::NotFromFirst { n } => {
                write!(
                    f,
                    "the file begins with link {n}: only a whole record, from link 1, can hold"
                )
            }
            Self::Row => f.write_str("a row of the database is not as it was written"),
            Self::Incomplete => {
                f.write_str("the file is not as it was written: it was cut short or changed")
            }
            Self::Hash => {
                f.write_str("it was changed: its hash is not the one that what follows names")
            }
            Self::EventGap { expected } => write!(f, "event {expected} is missing where it stands"),
            Self::Start => f.write_str("a session's start is its first event and no other"),
            Self::OtherSession => f.write_str("the link that follows is of another session"),
            Self::LinkGap { expected } => write!(f, "link {expected} is missing where it stands"),
            Self::LinkHash => {
                f.write_str("it, or the link before it, was changed: it names another hash")
            }
            Self::LinkHeads => f.write_str("its kind and its heads contradict each other"),
            Self::OtherKey(key) => write!(f, "it is signed by another key, {key}"),
            Self::Signature => f.write_str("its signature does not hold"),
            Self::EventsMissing { last, vouched } => {
                write!(
                    f,
                    "it vouches for {vouched} events of its session, and they end at {last}"
                )
            }
            Self::EventsBeyond { last, vouched } => {
                write!(
                    f,
                    "it vouches for {vouched} events of its session, and before it they go on to {last}"
                )
            }
            Self::From => {
                f.write_str("the events before it do not follow from the head that it leads from")
            }
            Self::Pruned => {
                f.write_str("its session's events were removed by the ledger, and some are there")
            }
            Self::NotPruned => {
                f.write_str("its session's events are gone, and the ledger has not removed them")
            }
            Self::NotClosed => {
                f.write_str("it was over long ago, and no link closes it over all its events")
            }
            Self::ToCome => f.write_str("it is of a time that was still to come"),
            Self::Before => f.write_str("it is of an earlier time than the event before it"),
            Self::Receipt => f.write_str("the receipt says other than its link"),
            Self::Unlinked => f.write_str("no link of the ledger is its session's"),
            Self::Order => f.write_str("it does not stand where it belongs"),
            Self::Next => {
                f.write_str("where a session goes on is not where the record says it does")
            }
            Self::Listed(column) => {
                write!(
                    f,
                    "the list of sessions says another {column} of it than its events and links"
                )
            }
            Self::ListedAlone => f.write_str("it is in the list of sessions, and has no events"),
            Self::Unlisted => f.write_str("it has events, and is not in the list of sessions"),
            Self::Anchor(anchor) => {
                write!(
                    f,
                    "it does not pass through the anchor {anchor}: it was cut or rewritten before it"
                )
            }
        }
    }
}
