use std::fmt;
use std::str::FromStr;

use crate::head::{Head, LedgerHead};
use crate::id::SessionId;
use crate::malformed::Malformed;

/// A head that was seen earlier and kept elsewhere: a record that does not pass through it was cut or rewritten.
///
/// Its text form is the number of a link and its hash, `17:9f86d0…`, or a session, the number of an event and its hash,
/// `imp_…:3:9f86d0…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Anchor {
    /// A head of the ledger.
    Ledger(LedgerHead),
    /// A head of a session.
    Session(SessionId, Head),
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(head) => head.fmt(f),
            Self::Session(session, head) => write!(f, "{session}:{}:{}", head.seq, head.hash),
        }
    }
}

impl FromStr for Anchor {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed::new("an anchor: <n>:<hash>, or <session>:<seq>:<hash>");
        let (number, hash) = text.rsplit_once(':').ok_or(malformed)?;
        let hash = hash.parse().map_err(|_| malformed)?;
        let read = |number: &str| match number.parse() {
            Ok(number @ 1..) => Ok(number),
            _ => Err(malformed),
        };
        match number.split_once(':') {
            Some((session, seq)) => {
                let session = session.parse().map_err(|_| malformed)?;
                Ok(Self::Session(
                    session,
                    Head {
                        seq: read(seq)?,
                        hash,
                    },
                ))
            }
            None => Ok(Self::Ledger(LedgerHead {
                n: read(number)?,
                hash,
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;

    #[test]
    fn an_anchor_is_read_as_it_is_written() {
        let hash = Hash::of_link("{}");
        let session = "imp_bd4c941f37460fb88008b5056a362c27".parse().unwrap();
        for anchor in [
            Anchor::Ledger(LedgerHead { n: 17, hash }),
            Anchor::Session(session, Head { seq: 3, hash }),
        ] {
            assert_eq!(anchor.to_string().parse(), Ok(anchor));
        }
        for text in [
            String::new(),
            hash.to_string(),
            format!("0:{hash}"),
            format!("-1:{hash}"),
            format!("1:{hash}0"),
            format!("{session}:{hash}"),
            format!("{session}:0:{hash}"),
            format!("sess_1:1:{hash}"),
            format!("{session}:1:2:{hash}"),
        ] {
            assert!(text.parse::<Anchor>().is_err(), "{text}");
        }
    }
}
