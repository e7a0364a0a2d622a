use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::error::ReadError;
use super::line::VERSION;
use super::lines::MAX_LINE;
use super::receipt_judge::{ReceiptHead, ReceiptJudge, ReceiptReport};
use crate::verify::Verifier;

/// Judges a receipt as it is read: neither an event nor a member beside them is longer than [`MAX_LINE`], and none is kept but
/// those beside the events.
pub(super) fn judge_receipt(
    reader: impl Read,
    verifier: Verifier,
    progress: impl FnMut(u64),
) -> Result<ReceiptReport, ReadError> {
    let room = Room::default();
    let bounded = Bounded {
        reader,
        room: &room,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(bounded);
    let members = Members {
        judge: ReceiptJudge::new(verifier),
        room: &room,
        progress,
    };
    let read = members.deserialize(&mut deserializer);
    let read = read.and_then(|read| deserializer.end().map(|()| read));
    let (head, judge) = read.map_err(|error| match error.io_error_kind() {
        _ if room.is_taken() => ReadError::ReceiptTooLong,
        Some(kind) => ReadError::Io(kind.into()),
        None => ReadError::NotARecord,
    })?;
    if head.version != VERSION {
        return Err(ReadError::Version(head.version));
    }
    judge.finish(&head).map_err(ReadError::Finding)
}

/// What may be read until the next event or member ends.
struct Room {
    left: Cell<usize>,
    read: Cell<u64>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            left: Cell::new(MAX_LINE),
            read: Cell::new(0),
        }
    }
}

impl Room {
    fn is_taken(&self) -> bool {
        self.left.get() == 0
    }

    fn renew(&self) {
        self.left.set(MAX_LINE);
    }
}

struct Bounded<'a, R> {
    reader: R,
    room: &'a Room,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.room.left.get();
        let (Some(part), 1..) = (buffer.get_mut(..left.min(buffer.len())), left) else {
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        let read = self.reader.read(part)?;
        self.room.left.set(left.saturating_sub(read));
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        self.room
            .read
            .set(self.room.read.get().saturating_add(bytes));
        Ok(read)
    }
}

/// Reads the object that a receipt is.
struct Members<'a, P> {
    judge: ReceiptJudge,
    room: &'a Room,
    progress: P,
}

impl<'de, P: FnMut(u64)> DeserializeSeed<'de> for Members<'_, P> {
    type Value = (ReceiptHead, ReceiptJudge);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, P: FnMut(u64)> Visitor<'de> for Members<'_, P> {
    type Value = (ReceiptHead, ReceiptJudge);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a receipt")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut version, mut session, mut count, mut head) = (None, None, None, None);
        let (mut link, mut signature, mut key_id, mut key) = (None, None, None, None);
        let mut events = None;
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "actas_audit_receipt" => once(&mut version, map.next_value()?)?,
                "session" => once(&mut session, map.next_value()?)?,
                "count" => once(&mut count, map.next_value()?)?,
                "head" => once(&mut head, map.next_value()?)?,
                "link" => once(&mut link, map.next_value()?)?,
                "signature" => once(&mut signature, map.next_value()?)?,
                "key_id" => once(&mut key_id, map.next_value()?)?,
                "key" => once(&mut key, map.next_value()?)?,
                "events" => once(&mut events, map.next_value_seed(Events(&mut self))?)?,
                _ => return Err(A::Error::custom("a member that is not known")),
            }
            self.room.renew();
        }
        needed::<_, A::Error>(events)?;
        let head = ReceiptHead {
            version: needed(version)?,
            session: needed(session)?,
            count: needed(count)?,
            head: needed(head)?,
            link: needed(link)?,
            signature: needed(signature)?,
            key_id: needed(key_id)?,
            key: key.flatten(),
        };
        Ok((head, self.judge))
    }
}

fn once<T, E: serde::de::Error>(place: &mut Option<T>, value: T) -> Result<(), E> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::custom("a member twice")),
    }
}

fn needed<T, E: serde::de::Error>(value: Option<T>) -> Result<T, E> {
    value.ok_or_else(|| E::custom("a member is missing"))
}

/// Judges the events, one at a time.
struct Events<'m, 'a, P>(&'m mut Members<'a, P>);

impl<'de, P: FnMut(u64)> DeserializeSeed<'de> for Events<'_, '_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, P: FnMut(u64)> Visitor<'de> for Events<'_, '_, P> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Members {
            judge,
            room,
            progress,
        } = self.0;
        while let Some(body) = seq.next_element::<String>()? {
            judge.event(&body);
            room.renew();
            progress(room.read.get());
        }
        Ok(())
    }
}
