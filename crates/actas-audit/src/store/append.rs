use actas_store::{Arg, Connection, decode};

use super::ledger::Ledger;
use super::lock::{self, Locked};
use super::notice;
use super::queue::{Of, What, Write, aborted};
use super::seal::{Broken, Keys};
use super::standing;
use super::state::{State, number, only_one};
use crate::event::{Event, EventKind, SessionEnded};
use crate::hash::Hash;
use crate::head::Head;
use crate::id::{EventId, SessionId};
use crate::link::LinkKind;
use crate::time::Timestamp;

/// Whether an event was written, where no error stopped the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    /// Its session has ended, by it or before. A request that waits is not written then, and no second end is.
    Ended {
        /// When the last of the session's tokens expires, in milliseconds.
        expire_at: i64,
    },
    /// Its session is not in the record.
    UnknownSession,
    /// Its session is in the record, where it was to begin with it.
    SessionExists,
    /// The session's row is not as the record wrote it.
    Broken,
}

/// Appends events to their sessions, within a transaction. What it tells is in the order of `writes`.
///
/// `longest` is how long a session may last, in milliseconds.
///
/// Sessions are locked in the order of their ids and the ledger last, so that no two processes wait for each other.
pub(super) async fn batch(
    connection: &mut Connection,
    keys: &Keys,
    longest: i64,
    writes: &[Write],
) -> Result<Vec<Written>, sqlx::Error> {
    let mut order: Vec<(SessionId, usize, &Write)> = writes
        .iter()
        .enumerate()
        .map(|(place, write)| (write.of.session(), place, write))
        .collect();
    order.sort_by_key(|(session, place, _)| (*session, *place));

    let mut written = vec![Written::Yes; writes.len()];
    let mut states: Vec<State> = Vec::new();
    for of_session in order.chunk_by(|(one, ..), (other, ..)| one == other) {
        let mut state = Ok(None);
        for (_, place, write) in of_session {
            if let Ok(None) = state {
                state = lock_for(connection, keys, write).await?;
            }
            let fate = match &mut state {
                Ok(Some(state)) => append(connection, state, write, longest).await?,
                Ok(None) => Written::UnknownSession,
                Err(Broken) => Written::Broken,
            };
            if let Some(written) = written.get_mut(*place) {
                *written = fate;
            }
        }
        states.extend(state.ok().flatten());
    }
    if states.iter().any(|state| state.first.is_some()) {
        open(connection, keys, &mut states).await?;
    }
    for state in &states {
        state.save(connection, keys).await?;
    }
    if states.iter().any(|state| state.ends) {
        notice::tell(connection).await?;
    }
    Ok(written)
}

/// The row of the session that an event belongs to, made where it is seen for the first time.
async fn lock_for(
    connection: &mut Connection,
    keys: &Keys,
    write: &Write,
) -> Result<Locked, sqlx::Error> {
    match (&write.of, &write.what) {
        (Of::Seen(sighting), What::Event(_) | What::Start) => {
            lock::seen(connection, keys, sighting, write.at).await
        }
        // A request that is not there has begun no session.
        (Of::Seen(sighting), What::OutcomeOfDoubtful(_)) => {
            lock::doubtful(connection, keys, sighting, write.at).await
        }
        (Of::Known(session), _) => lock::known(connection, keys, *session).await,
    }
}

async fn append(
    connection: &mut Connection,
    state: &mut State,
    write: &Write,
    longest: i64,
) -> Result<Written, sqlx::Error> {
    if write.may_exist && exists(connection, write.id).await? {
        return Ok(written(state));
    }
    let mut kind = match &write.what {
        What::Event(kind) => kind.clone(),
        What::Start => return start(connection, state, write).await,
        What::OutcomeOfDoubtful(request) if exists(connection, *request).await? => {
            EventKind::Outcome(aborted(*request))
        }
        What::OutcomeOfDoubtful(_) => return Ok(Written::Yes),
    };
    if let Of::Seen(sighting) = &write.of {
        let over = match (&kind, state.ended_at) {
            (EventKind::Request(_), None) => {
                standing::over(connection, state, sighting, write.at, longest).await?
            }
            _ => None,
        };
        if state.head.is_none() {
            let id = EventId::random().map_err(|error| decode(0, error))?;
            let started = EventKind::SessionStarted(sighting.started.clone());
            insert(connection, state, write.at, id, started).await?;
        }
        if let Some(reason) = over {
            end(connection, state, write.at, reason).await?;
        }
    }
    if state.ended_at.is_some() && write.is_void_after_the_end() {
        return Ok(written(state));
    }
    if let (Of::Seen(sighting), EventKind::Request(request)) = (&write.of, &mut kind) {
        state.is_seen_until(sighting.started.expires_at);
        state.writes = state.writes.saturating_add(i64::from(!sighting.only_reads));
        request.expires_at = Some(Timestamp::from_milliseconds(state.expire_at));
        if !state.is_of(&sighting.started.actor) {
            request.actor = Some(sighting.started.actor.clone());
        }
    }
    insert(connection, state, write.at, write.id, kind).await?;
    Ok(written(state))
}

/// Begins a session that its issuer tells of.
async fn start(
    connection: &mut Connection,
    state: &mut State,
    write: &Write,
) -> Result<Written, sqlx::Error> {
    match &write.of {
        Of::Seen(sighting) if state.head.is_none() => {
            let started = EventKind::SessionStarted(sighting.started.clone());
            insert(connection, state, write.at, write.id, started).await?;
            // It begins after them.
            state.revocation = state.last_revocation;
            Ok(Written::Yes)
        }
        Of::Seen(_) | Of::Known(_) => Ok(Written::SessionExists),
    }
}

/// Ends a session that has not ended, by a word of the record's own.
pub(super) async fn end(
    connection: &mut Connection,
    state: &mut State,
    at: Timestamp,
    reason: &str,
) -> Result<(), sqlx::Error> {
    let id = EventId::random().map_err(|error| decode(0, error))?;
    let reason = reason.to_owned();
    let ended = EventKind::SessionEnded(SessionEnded { reason });
    insert(connection, state, at, id, ended).await
}

fn written(state: &State) -> Written {
    match state.ended_at {
        Some(_) => Written::Ended {
            expire_at: state.expire_at,
        },
        None => Written::Yes,
    }
}

async fn insert(
    connection: &mut Connection,
    state: &mut State,
    at: Timestamp,
    id: EventId,
    kind: EventKind,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO events (session, seq, at, kind, id, body, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let at = state.next_at(at);
    let event = Event::new(state.id, state.head.as_ref(), at, id, kind);
    let body = event.to_body().map_err(|error| decode(0, error))?;
    let hash = Hash::of_event(&body);
    let inserted = connection
        .execute(
            INSERT,
            &[
                Arg::Verbatim(&state.id.to_string()),
                Arg::Int(number(event.seq)),
                Arg::Int(at.milliseconds()),
                Arg::Verbatim(event.kind.name()),
                Arg::Verbatim(&id.to_string()),
                Arg::Verbatim(&body),
                Arg::Bytes(hash.as_bytes()),
            ],
        )
        .await?;
    only_one(inserted)?;
    let head = Head {
        seq: event.seq,
        hash,
    };
    state.count(head, at, &event.kind);
    Ok(())
}

async fn exists(connection: &mut Connection, id: EventId) -> Result<bool, sqlx::Error> {
    let select = "SELECT seq FROM events WHERE id = $1";
    let row = connection
        .fetch_optional(select, &[Arg::Verbatim(&id.to_string())])
        .await?;
    Ok(row.is_some())
}

/// Links the sessions that begin in this batch.
async fn open(
    connection: &mut Connection,
    keys: &Keys,
    states: &mut [State],
) -> Result<(), sqlx::Error> {
    let mut ledger = Ledger::lock(connection).await?;
    for state in states {
        let (Some(first), None) = (state.first, state.linked) else {
            continue;
        };
        let opened = LinkKind::Opened;
        ledger
            .append(
                connection,
                &keys.signing,
                first.1,
                opened,
                state.id,
                (None, first.0),
            )
            .await?;
        state.linked = Some(first.0);
    }
    Ok(())
}
