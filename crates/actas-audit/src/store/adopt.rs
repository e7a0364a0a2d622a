use actas_store::{Arg, Connection, Database};

use super::seal::{Keys, Seal};
use super::state::{State, columns};
use crate::id::SessionId;

/// Sessions that are sealed in one transaction.
const BATCH: i64 = 256;

/// Seals the sessions of keys that are not given, as they stand.
pub(super) async fn all(database: &Database, keys: &Keys) -> Result<(), sqlx::Error> {
    const SELECT: &str =
        "SELECT id FROM sessions WHERE seal_key <> $1 AND id > $2 ORDER BY id LIMIT $3";
    let own = keys.seal_key().to_string();
    let mut connection = database.writer().await?;
    let mut after = String::new();
    loop {
        connection.begin().await?;
        let args = [Arg::Verbatim(&own), Arg::Verbatim(&after), Arg::Int(BATCH)];
        let rows = connection.fetch(SELECT, &args).await?;
        for row in &rows {
            after = row.verbatim(0)?;
            if let Ok(id) = after.parse() {
                one(&mut connection, keys, id).await?;
            }
        }
        connection.commit().await?;
        if rows.is_empty() {
            return Ok(());
        }
    }
}

async fn one(connection: &mut Connection, keys: &Keys, id: SessionId) -> Result<(), sqlx::Error> {
    let select = connection.choose(
        concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1"),
        concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE id = $1 FOR UPDATE"
        ),
    );
    let key = id.to_string();
    let args = [Arg::Verbatim(&key)];
    let Some(row) = connection.fetch_optional(select, &args).await? else {
        return Ok(());
    };
    // One that cannot be read stays as it is.
    let (Ok(state), Ok(seal), Ok(key)) =
        (State::read(id, &row), row.array::<32>(20), row.verbatim(21))
    else {
        return Ok(());
    };
    if keys.check(&state.sealed(), &seal, &key) == Seal::OtherKey {
        state.save(connection, keys).await?;
    }
    Ok(())
}
