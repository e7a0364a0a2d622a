use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::failure::Failure;

/// Of every event, wherever it is written.
const TARGET: &str = "actas_jwks";

/// What became of a key that is not in the set at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum UnknownKey {
    /// A fetch brought it.
    Found,
    /// It is not the issuer's.
    Absent,
    /// It could not be looked up.
    Unavailable,
}

pub(crate) fn fetched(host: &str, outcome: &'static str, refused: usize, age: Option<Duration>) {
    ended(host, outcome, age);
    tracing::debug!(target: TARGET, host, outcome, refused, "the issuer's keys were fetched");
}

pub(crate) fn failed(
    host: &str,
    failure: &Failure,
    age: Option<Duration>,
    retry_in: Option<Duration>,
) {
    ended(host, failure.kind.label(), age);
    tracing::warn!(
        target: TARGET,
        host,
        failure = failure.kind.label(),
        detail = failure.detail,
        age_seconds = age.map(|age| age.as_secs()),
        retry_in_seconds = retry_in.map(|wait| wait.as_secs_f64()),
        "the issuer's keys could not be fetched"
    );
}

/// Keys are needed where none can be fetched.
pub(crate) fn misplaced() {
    tracing::error!(
        target: TARGET,
        "no keys: the source needs a verifier it was given to, and a tokio runtime"
    );
}

fn ended(host: &str, outcome: &'static str, age: Option<Duration>) {
    counter!("actas_jwks_fetches_total", "host" => host.to_owned(), "outcome" => outcome)
        .increment(1);
    if let Some(age) = age {
        gauge!("actas_jwks_key_set_age_seconds", "host" => host.to_owned()).set(age.as_secs_f64());
    }
}

pub(crate) fn waited(host: &str, outcome: &'static str, time: Duration) {
    histogram!("actas_jwks_wait_seconds", "host" => host.to_owned(), "outcome" => outcome)
        .record(time.as_secs_f64());
}

pub(crate) fn unknown_key(host: &str, answer: UnknownKey) {
    let answer = match answer {
        UnknownKey::Found => "found",
        UnknownKey::Absent => "absent",
        UnknownKey::Unavailable => "unavailable",
    };
    counter!("actas_jwks_unknown_keys_total", "host" => host.to_owned(), "answer" => answer)
        .increment(1);
}
