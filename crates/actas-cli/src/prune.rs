//! `actas audit prune`.

use std::path::Path;

use actas_audit::{AuditLog, Pruned, SigningKey, Timestamp};
use serde_json::json;

use crate::args::Prune;
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &Prune) -> Exit {
    match pruned(args) {
        Ok(pruned) => {
            said(pruned, args.json);
            Exit::Holds
        }
        Err(message) => {
            output::not_done(&message, args.json);
            Exit::CannotBeRead
        }
    }
}

fn pruned(args: &Prune) -> Result<Pruned, String> {
    let open = |file: &Path| SigningKey::open(file).map_err(|error| error.to_string());
    let key = open(&args.key_file)?;
    let previous = args.previous_key_file.iter().map(|file| open(file));
    let previous: Vec<SigningKey> = previous.collect::<Result<_, _>>()?;
    let database = Database::of(&args.record);
    let before = Timestamp::from_milliseconds(args.before.as_millisecond());
    let pruned = database::run(prune(database, key, previous, before));
    let pruned = pruned.map_err(|error| error.to_string()).flatten();
    pruned.map_err(|message| format!("{}: {message}", database.name()))
}

async fn prune(
    database: Database<'_>,
    key: SigningKey,
    previous: Vec<SigningKey>,
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
    let builder = builder.with_signing_key(key);
    let builder = previous
        .into_iter()
        .fold(builder, actas_audit::AuditLogBuilder::add_previous_key);
    let log = builder.open().await.map_err(|error| error.to_string())?;
    let pruned = log.prune(before).await;
    log.close().await;
    pruned.map_err(|error| error.to_string())
}

fn said(pruned: Pruned, is_json: bool) {
    let Pruned {
        sessions,
        events,
        left,
        ..
    } = pruned;
    if is_json {
        let value = json!({"sessions": sessions, "events": events, "left": left});
        return output::print_json(&value);
    }
    let mut lines = vec![format!("removed    {sessions} sessions, {events} events")];
    if left > 0 {
        lines.push(format!(
            "left       {left} sessions that were last written with another key (--previous-key-file), or by another"
        ));
    }
    output::print(&lines);
}
