//! The command.

use std::io::stderr;
use std::sync::Arc;

use actas_core::{Clock, Error, ErrorKind};
use jiff::Timestamp;
use tracing_subscriber::filter::LevelFilter;

use super::input::Input;
use super::keys::Keys;
use super::parts::Parts;
use super::profile::{Profile, setting};
use super::report::{Explanation, Verdict, failed};
use super::rules::{Facts, checks};
use super::session::told;
use super::shown::{Shown, capped};
use crate::database;
use crate::exit::Exit;
use crate::token_args::VerifyToken;

const UNVERIFIED: &str = "no signature was found to hold: anybody can have written this token";

/// A clock that stands still: a token is judged and explained by one time.
#[derive(Debug)]
struct At(u64);

impl Clock for At {
    fn now(&self) -> Option<u64> {
        Some(self.0)
    }
}

pub(crate) fn run(args: &VerifyToken) -> Exit {
    match explained(args) {
        Ok(explanation) => {
            explanation.print(args.json);
            match explanation.verdict {
                Verdict::Accepted(_) => Exit::Holds,
                Verdict::Refused(_) => Exit::DoesNotHold,
                Verdict::Unknown(_) => Exit::CannotBeRead,
            }
        }
        Err((exit, message)) => {
            failed(&message, args.json);
            exit
        }
    }
}

fn explained(args: &VerifyToken) -> Result<Explanation, (Exit, String)> {
    let usage = |message: String| (Exit::Usage, message);
    let at = args.at.unwrap_or_else(Timestamp::now).as_second();
    let clock = At(u64::try_from(at).map_err(|_| usage("the time is before 1970".to_owned()))?);
    let Profile {
        builder,
        expected,
        names_key_set,
    } = Profile::of(args).map_err(usage)?;
    let keys = Arc::new(Keys::of(args, names_key_set)?);
    let verifier = builder
        .with_keys(Arc::clone(&keys))
        .with_clock(clock)
        .without_token_cache()
        .build()
        .map_err(|error| usage(setting(&error)))?;

    let input = Input::read(&args.token).map_err(|error| {
        let name = capped(&args.token.to_string_lossy());
        (Exit::CannotBeRead, format!("{name}: {error}"))
    })?;
    if args.fetch.is_some() {
        log_failures();
    }
    let judged = database::run(async { verifier.verify(&input.text).await })
        .map_err(|error| (Exit::CannotBeRead, error.to_string()))?;

    let parts = Parts::read(&input);
    let facts = Facts {
        input: &input,
        parts: &parts,
        shown: Shown {
            parts: &parts.encoded,
        },
        expected: &expected,
        issuer: keys.issuer(),
        keys: keys.expectation(),
        at,
    };
    let refused = judged.as_ref().err().map(Error::kind);
    let checks = checks(&facts, refused);
    let mut notes = Vec::new();
    if refused == Some(ErrorKind::UnknownKey) {
        notes.extend(keys.refused());
    }
    if refused.is_some_and(|kind| kind <= ErrorKind::Signature) {
        notes.push(UNVERIFIED.to_owned());
    }
    Ok(Explanation {
        verdict: match judged {
            Ok(auth) => Verdict::Accepted(told(&auth, &facts.shown, at)),
            Err(error) if error.kind() == ErrorKind::KeysUnavailable => Verdict::Unknown(error),
            Err(error) => Verdict::Refused(error),
        },
        checks,
        notes,
        at,
    })
}

/// Says on the standard error why keys cannot be fetched.
fn log_failures() {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(stderr)
        .without_time()
        .try_init()
        .ok();
}
