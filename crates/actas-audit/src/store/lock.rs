use actas_store::{Arg, Connection, Row, StoreError};

use super::seal::{Broken, Keys, Seal};
use super::sighting::Sighting;
use super::state::{State, columns, insert};
use crate::id::SessionId;
use crate::time::Timestamp;

/// The row of a session, if there is one, and if it is as a record wrote it: if not, the log is told.
pub(super) type Locked = Result<Option<State>, Broken>;

macro_rules! select {
    ($lock:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", (SELECT MAX(e.seq) FROM events e WHERE e.session = sessions.id) FROM sessions WHERE id = $1",
            $lock
        )
    };
}

/// Locks the row of a session.
pub(super) async fn known(
    connection: &mut Connection,
    keys: &Keys,
    id: SessionId,
) -> Result<Locked, sqlx::Error> {
    let key = id.to_string();
    let args = [Arg::Verbatim(&key)];
    let select = connection.choose(select!(""), select!(" FOR UPDATE SKIP LOCKED"));
    let mut row = connection.fetch_optional(select, &args).await?;
    if connection.locks_rows() && !row.as_ref().is_some_and(knows_its_events) {
        // What stands beside a row, such as its events and the last revocation, is told as of before it was waited for.
        let wait = "SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE";
        if connection.fetch_optional(wait, &args).await?.is_some() {
            row = connection.fetch_optional(select!(""), &args).await?;
        }
    }
    Ok(row.map(|row| checked(id, &row, keys)).transpose())
}

/// Locks the row of a session that was seen, and makes it first where there is none.
pub(super) async fn seen(
    connection: &mut Connection,
    keys: &Keys,
    sighting: &Sighting,
    at: Timestamp,
) -> Result<Locked, sqlx::Error> {
    let locked = known(connection, keys, sighting.session).await?;
    if !matches!(locked, Ok(None)) {
        return Ok(locked);
    }
    insert(connection, keys, sighting, at).await?;
    // The row is another's where two began the session at once.
    known(connection, keys, sighting.session).await
}

/// Locks the row of a session that a commit of unknown fate may have made, and makes none.
pub(super) async fn doubtful(
    connection: &mut Connection,
    keys: &Keys,
    sighting: &Sighting,
    at: Timestamp,
) -> Result<Locked, sqlx::Error> {
    let locked = known(connection, keys, sighting.session).await?;
    if !connection.locks_rows() || !matches!(locked, Ok(None)) {
        return Ok(locked);
    }
    // The server may be about to commit still, though its connection is lost: no row is there yet to be locked, and one that
    // is to be made in its place waits for it.
    connection.execute("SAVEPOINT doubtful", &[]).await?;
    if insert(connection, keys, sighting, at).await? {
        let back = "ROLLBACK TO SAVEPOINT doubtful";
        connection.execute(back, &[]).await?;
        return Ok(locked);
    }
    known(connection, keys, sighting.session).await
}

/// Whether the last event is the one that the row says.
fn knows_its_events(row: &Row) -> bool {
    let read = || Ok(row.int(0)? == row.optional_int(22)?.unwrap_or(0));
    let read: Result<_, sqlx::Error> = read();
    read.unwrap_or(false)
}

fn checked(id: SessionId, row: &Row, keys: &Keys) -> Result<State, Broken> {
    let read = || {
        let state = State::read(id, row)?;
        let (seal, key): ([u8; 32], _) = (row.array(20)?, row.verbatim(21)?);
        let seal = keys.check(&state.sealed(), &seal, &key);
        Ok((seal, knows_its_events(row), state))
    };
    let read: Result<_, sqlx::Error> = read();
    match read {
        Ok((Seal::Holds, true, state)) => return Ok(state),
        Ok((Seal::Holds, false, _)) => tracing::error!(
            session = %id,
            "the last event of a session is not the one that its row knows: one of the two was written by another than the audit record, and the session neither goes on nor is it closed or removed"
        ),
        Ok((Seal::Broken, ..)) => tracing::error!(
            session = %id,
            "the row of a session was written by another than the audit record: the session neither goes on nor is it closed or removed"
        ),
        Ok((Seal::OtherKey, ..)) => tracing::error!(
            session = %id,
            "the row of a session is sealed by another key than those that are given (add_previous_key): the session neither goes on nor is it closed or removed"
        ),
        Err(error) => tracing::error!(
            session = %id,
            error = %StoreError::of(&error),
            "the row of a session cannot be read: the session neither goes on nor is it closed or removed"
        ),
    }
    Err(Broken)
}
