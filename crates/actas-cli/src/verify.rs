//! `actas audit verify`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, stdin};
use std::path::Path;

use actas_audit::{Escaped, Finding, JudgeError, Judged, ReadError, Timestamp, Verifier, judge};

use crate::args::Verify;
use crate::database::{self, Database, SQLITE};
use crate::exit::Exit;
use crate::output::{self, Verified};
use crate::progress::Progress;
use crate::public_key;

/// Fewer, longer reads of a file that is read from end to end.
const BUFFER: usize = 1 << 18;

/// Why it cannot be said that a record holds.
enum Failure {
    Finding(Finding),
    Other(String),
}

pub(crate) fn run(args: &Verify) -> Exit {
    let verifier = match verifier(args) {
        Ok(verifier) => verifier,
        Err((exit, message)) => {
            output::failed(&message, args.json);
            return exit;
        }
    };
    let outcome = match Database::by_url(&args.record) {
        Some(database) => in_database(database, verifier, args.json),
        None => at_path(&args.record, verifier, args.json),
    };
    match outcome {
        Ok(held) => {
            output::holds(&held, args.json);
            Exit::Holds
        }
        Err(Failure::Finding(finding)) => {
            output::does_not_hold(&finding, args.as_of.is_some(), args.json);
            Exit::DoesNotHold
        }
        Err(Failure::Other(message)) => {
            output::failed(&message, args.json);
            Exit::CannotBeRead
        }
    }
}

fn verifier(args: &Verify) -> Result<Verifier, (Exit, String)> {
    let as_of = args.as_of.map_or_else(Timestamp::now, |time| {
        Timestamp::from_milliseconds(time.as_millisecond())
    });
    let verifier = Verifier::new(as_of).map_err(|error| (Exit::CannotBeRead, error.to_string()))?;
    let verifier = args
        .anchor
        .iter()
        .copied()
        .fold(verifier, Verifier::add_anchor);
    args.public_key.iter().try_fold(verifier, |verifier, key| {
        Ok(verifier.add_public_key(public_key::read(key)?))
    })
}

fn at_path(path: &Path, verifier: Verifier, is_json: bool) -> Result<Verified, Failure> {
    if path.as_os_str() == "-" {
        return shown(stdin().lock(), path, Progress::new(None, is_json), verifier);
    }
    let open = || -> io::Result<_> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let mut reader = BufReader::with_capacity(BUFFER, file);
        let length = metadata.is_file().then_some(metadata.len());
        let is_database = length.is_some() && reader.fill_buf()?.starts_with(SQLITE);
        Ok((reader, length, is_database))
    };
    match open() {
        Ok((_, _, true)) => in_database(Database::Sqlite(path), verifier, is_json),
        Ok((reader, length, false)) => {
            shown(reader, path, Progress::new(length, is_json), verifier)
        }
        Err(error) => Err(in_file(path, ReadError::Io(error))),
    }
}

fn shown(
    reader: impl BufRead,
    path: &Path,
    mut progress: Progress,
    verifier: Verifier,
) -> Result<Verified, Failure> {
    let judged = judge(reader, verifier, |bytes| progress.set(bytes));
    progress.finish();
    match judged {
        Ok(Judged::Export(report)) => Ok(Verified::Export(report)),
        Ok(Judged::Receipt(report)) => Ok(Verified::Receipt(report)),
        Err(error) => Err(in_file(path, error)),
    }
}

fn in_file(path: &Path, error: ReadError) -> Failure {
    match error {
        ReadError::Finding(finding) => Failure::Finding(finding),
        error => Failure::Other(format!("{}: {error}", Escaped(&path.to_string_lossy()))),
    }
}

fn in_database(
    database: Database<'_>,
    verifier: Verifier,
    is_json: bool,
) -> Result<Verified, Failure> {
    let failure = |error: String| Failure::Other(format!("{}: {error}", database.name()));
    let judged = database::run(async {
        let reader = database.open().await;
        let reader = reader.map_err(|error| failure(error.to_string()))?;
        let mut progress = Progress::new(None, is_json);
        let judged = reader.judge(verifier, |bytes| progress.set(bytes)).await;
        progress.finish();
        reader.close().await;
        judged.map_err(|error| match error {
            JudgeError::Finding(finding) => Failure::Finding(finding),
            error => failure(error.to_string()),
        })
    });
    let report = judged.map_err(|error| failure(error.to_string()))??;
    Ok(Verified::Database(report))
}
