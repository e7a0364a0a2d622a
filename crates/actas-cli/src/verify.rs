//! `actas audit verify`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, stdin};
use std::path::Path;

use actas_audit::{Escaped, Judged, ReadError, Timestamp, Verifier, judge};

use crate::args::Verify;
use crate::exit::Exit;
use crate::output;
use crate::progress::Progress;
use crate::public_key;

/// Fewer, longer reads of a file that is read from end to end.
const BUFFER: usize = 1 << 18;

pub(crate) fn run(args: &Verify) -> Exit {
    let verifier = match verifier(args) {
        Ok(verifier) => verifier,
        Err((exit, message)) => {
            output::failed(&message, args.json);
            return exit;
        }
    };
    match judged(&args.file, verifier) {
        Ok(judged) => {
            output::holds(&judged, args.json);
            Exit::Holds
        }
        Err(ReadError::Finding(finding)) => {
            output::does_not_hold(&finding, args.json);
            Exit::DoesNotHold
        }
        Err(error) => {
            let name = args.file.to_string_lossy();
            output::failed(&format!("{}: {error}", Escaped(&name)), args.json);
            Exit::CannotBeRead
        }
    }
}

fn verifier(args: &Verify) -> Result<Verifier, (Exit, String)> {
    let verifier =
        Verifier::new(Timestamp::now()).map_err(|error| (Exit::CannotBeRead, error.to_string()))?;
    let verifier = args
        .anchor
        .iter()
        .copied()
        .fold(verifier, Verifier::add_anchor);
    args.public_key.iter().try_fold(verifier, |verifier, key| {
        Ok(verifier.add_public_key(public_key::read(key)?))
    })
}

fn judged(path: &Path, verifier: Verifier) -> Result<Judged, ReadError> {
    if path.as_os_str() == "-" {
        return shown(stdin().lock(), None, verifier);
    }
    let open = |path| -> io::Result<_> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        Ok((file, metadata.is_file().then_some(metadata.len())))
    };
    let (file, length) = open(path).map_err(ReadError::Io)?;
    shown(BufReader::with_capacity(BUFFER, file), length, verifier)
}

fn shown(
    reader: impl BufRead,
    length: Option<u64>,
    verifier: Verifier,
) -> Result<Judged, ReadError> {
    let mut progress = Progress::new(length);
    let judged = judge(reader, verifier, |bytes| progress.set(bytes));
    progress.finish();
    judged
}
