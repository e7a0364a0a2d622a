//! `actas keys`: the file that an issuer has its keys in.

use std::io::{ErrorKind, Write as _, stderr, stdout};
use std::path::Path;

use actas_audit::Escaped;
use actas_issuer::{KeyError, KeyFile, SigningAlgorithm, SigningKey};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::keys_args::{Generate, Jwks, Keys, Remove, Rotate};
use crate::output;

/// What was done, as one JSON object and in lines.
type Done = (Value, Vec<String>);

/// Why it was not done.
struct Failure {
    exit: Exit,
    message: String,
}

/// Does what `actas keys` is told.
pub(crate) fn run(command: &Keys) -> Exit {
    match command {
        Keys::Generate(args) => said(generate(args), args.json),
        Keys::Rotate(args) => said(rotate(args), args.json),
        Keys::Remove(args) => said(remove(args), args.json),
        Keys::Jwks(args) => match jwks(args) {
            Ok(()) => Exit::Holds,
            Err(failure) => failed(failure, false),
        },
    }
}

fn generate(args: &Generate) -> Result<Done, Failure> {
    let in_file = |error| Failure::of(&error, &args.file);
    let algorithm = SigningAlgorithm::from(args.algorithm);
    let key = SigningKey::generate(algorithm).map_err(in_file)?;
    let kid = key.kid().to_owned();
    KeyFile::create(&args.file, key).map_err(in_file)?;
    Ok((
        json!({"kid": kid, "algorithm": algorithm.name()}),
        vec![
            format!("kid         {kid}"),
            format!("algorithm   {algorithm}"),
        ],
    ))
}

fn rotate(args: &Rotate) -> Result<Done, Failure> {
    let now = now()?;
    let file = KeyFile::open(&args.file);
    let rotation = file.and_then(|file| file.rotate(now));
    let rotation = rotation.map_err(|error| Failure::of(&error, &args.file))?;
    Ok((
        json!({"kid": rotation.kid, "signs_from": rotation.signs_from}),
        vec![
            format!("kid         {}", rotation.kid),
            format!("signs from  {}", written(rotation.signs_from)),
        ],
    ))
}

fn remove(args: &Remove) -> Result<Done, Failure> {
    let now = now()?;
    let file = KeyFile::open(&args.file);
    let removed = file.and_then(|file| file.remove(&args.kid, now));
    removed.map_err(|error| Failure::of(&error, &args.file))?;
    Ok((
        json!({"removed": args.kid}),
        vec![format!("removed     {}", args.kid)],
    ))
}

fn jwks(args: &Jwks) -> Result<(), Failure> {
    let now = now()?;
    let file = KeyFile::open(&args.file);
    let set = file.and_then(|file| file.key_set(now));
    let set = set.map_err(|error| Failure::of(&error, &args.file))?;
    writeln!(stdout(), "{}", set.json())
        .map_err(|error| Failure::other(format!("the key set cannot be written: {error}")))
}

fn now() -> Result<u64, Failure> {
    u64::try_from(Timestamp::now().as_second())
        .map_err(|_| Failure::other("the machine's clock is before 1970: set it first".to_owned()))
}

fn written(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok();
    let time = time.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(|| seconds.to_string(), |time| time.to_string())
}

impl Failure {
    fn other(message: String) -> Self {
        Self {
            exit: Exit::CannotBeRead,
            message,
        }
    }

    /// With what to do about it.
    fn of(error: &KeyError, path: &Path) -> Self {
        let name = path.to_string_lossy();
        let (exit, advice) = match error {
            KeyError::File { error, .. } => match error.kind() {
                ErrorKind::AlreadyExists => (
                    Exit::DoesNotHold,
                    format!(
                        "; it stays as it is: `actas keys rotate {name}` makes a new key in it"
                    ),
                ),
                ErrorKind::NotFound if has_folder(path) => (
                    Exit::CannotBeRead,
                    format!("; `actas keys generate {name}` makes it"),
                ),
                ErrorKind::NotFound => (Exit::CannotBeRead, "; make its folder first".to_owned()),
                ErrorKind::PermissionDenied => (
                    Exit::CannotBeRead,
                    "; be who it belongs to, and may write to its folder".to_owned(),
                ),
                _ => (Exit::CannotBeRead, String::new()),
            },
            KeyError::Unknown => (
                Exit::DoesNotHold,
                format!("; `actas keys jwks {name}` prints those that it publishes"),
            ),
            KeyError::RingFull => (Exit::DoesNotHold, String::new()),
            _ => (Exit::CannotBeRead, String::new()),
        };
        // Those that name no file are about this one.
        let about = match error {
            KeyError::File { .. } | KeyError::Mode { .. } | KeyError::Unusable { .. } => {
                String::new()
            }
            _ => format!("the signing keys {name}: "),
        };
        let message = Escaped(&format!("{about}{error}{advice}")).to_string();
        Self { exit, message }
    }
}

fn has_folder(path: &Path) -> bool {
    let folder = path.parent();
    folder.is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

fn said(done: Result<Done, Failure>, is_json: bool) -> Exit {
    match done {
        Ok((value, _)) if is_json => output::print_json(&value),
        Ok((_, lines)) => output::print(&lines),
        Err(failure) => return failed(failure, is_json),
    }
    Exit::Holds
}

fn failed(Failure { exit, message }: Failure, is_json: bool) -> Exit {
    if is_json {
        output::print_json(&json!({"error": message}));
    } else {
        writeln!(stderr(), "actas: {message}").ok();
    }
    exit
}
