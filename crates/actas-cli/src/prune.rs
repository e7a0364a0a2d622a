//! `actas audit prune`.

use std::io::{Write as _, stdout};

use actas_audit::{AuditLog, Pruned, SigningKey, Timestamp};

use crate::args::Prune;
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &Prune) -> Exit {
    let key = match SigningKey::open(&args.key_file) {
        Ok(key) => key,
        Err(error) => {
            output::failed(&error.to_string(), false);
            return Exit::CannotBeRead;
        }
    };
    let database = Database::of(&args.record);
    let before = Timestamp::from_milliseconds(args.before.as_millisecond());
    let pruned = database::run(prune(database, key, before));
    match pruned.map_err(|error| error.to_string()).flatten() {
        Ok(Pruned {
            sessions,
            events,
            left,
            ..
        }) => {
            writeln!(stdout(), "removed    {sessions} sessions, {events} events").ok();
            if left > 0 {
                writeln!(
                    stdout(),
                    "left       {left} sessions that were last written by another than this key's holder"
                )
                .ok();
            }
            Exit::Holds
        }
        Err(message) => {
            output::failed(&format!("{}: {message}", database.name()), false);
            Exit::CannotBeRead
        }
    }
}

async fn prune(
    database: Database<'_>,
    key: SigningKey,
    before: Timestamp,
) -> Result<Pruned, String> {
    // Opened to be written, a record would be made where there is none.
    let reader = database.open().await.map_err(|error| error.to_string())?;
    let last = reader.last_key().await.map_err(|error| error.to_string())?;
    reader.close().await;
    if let Some(last) = last
        && last != key.verifying_key().id()
    {
        return Err(format!("its last link is signed by another key, {last}"));
    }
    let builder = match database {
        Database::Sqlite(path) => AuditLog::sqlite(path),
        Database::Postgres(url) => AuditLog::postgres(url),
    };
    let log = builder.with_signing_key(key).open().await;
    let log = log.map_err(|error| error.to_string())?;
    let pruned = log.prune(before).await;
    log.close().await;
    pruned.map_err(|error| error.to_string())
}
