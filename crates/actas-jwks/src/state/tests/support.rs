use std::sync::Arc;
use std::time::Duration;

use actas_core::{Algorithm, KeySet};
use reqwest::Url;
use reqwest::header::{ETAG, HeaderValue};

use crate::fetch::{Answer, Fetched};
use crate::flight::Departure;
use crate::settings::Limits;
use crate::state::{Seek, State};
use crate::validators::Validators;
use crate::wanted::Wanted;

pub(super) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A set of keys with these names, fresh for ten minutes, that can be compared with.
pub(super) fn fetched(kids: &[&str]) -> Fetched {
    let keys: Vec<_> = kids
        .iter()
        .map(|kid| {
            serde_json::json!({
                "kty": "OKP", "crv": "Ed25519", "kid": kid,
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            })
        })
        .collect();
    let set = serde_json::json!({ "keys": keys }).to_string();
    let url = Url::parse("https://issuer.example/jwks").unwrap();
    let etag = HeaderValue::from_static("\"1\"");
    let headers = [(ETAG, etag)].into_iter().collect();
    Fetched {
        answer: Answer {
            keys: Arc::new(KeySet::from_json(&set).unwrap()),
            validators: Validators::of(&url, &headers).map(Arc::new),
            max_age: Some(secs(600)),
        },
        age: Duration::ZERO,
        is_new: true,
    }
}

/// The word that a set of these keys has not changed.
pub(super) fn unchanged(kids: &[&str]) -> Fetched {
    Fetched {
        is_new: false,
        ..fetched(kids)
    }
}

/// A set of these keys that a cache has had for a second.
pub(super) fn cached(kids: &[&str]) -> Fetched {
    Fetched {
        age: secs(1),
        ..fetched(kids)
    }
}

pub(super) fn wanted(kid: &str) -> Wanted {
    Wanted {
        kid: kid.to_owned(),
        algorithm: Algorithm::EdDsa,
    }
}

/// A state that fetched `kids` at zero: to be refreshed at 450 s, fresh until 600 s.
pub(super) fn with_keys(kids: &[&str]) -> State {
    with_limits(Limits::default(), kids)
}

pub(super) fn with_limits(limits: Limits, kids: &[&str]) -> State {
    let mut state = State::new(limits);
    let departure = begun(state.seek(None, 0, secs(0)));
    state.land(departure.number, fetched(kids), 0);
    state
}

pub(super) fn begun(seek: Seek) -> Departure {
    match seek {
        Seek::Begin(departure) => departure,
        other => panic!("not begun: {}", word(&other)),
    }
}

pub(super) fn word(seek: &Seek) -> String {
    match seek {
        Seek::Have(_) => "have".to_owned(),
        Seek::Join(..) => "join".to_owned(),
        Seek::Begin(_) => "begin".to_owned(),
        Seek::Unavailable(wait) => format!("unavailable for {} s", wait.as_secs()),
    }
}

/// What somebody who comes now and wants `kid` is to do.
pub(super) fn seek(state: &mut State, kid: &str, now: Duration) -> String {
    let since = state.departed();
    seek_since(state, kid, since, now)
}

/// What somebody is to do who wants `kid` since the flight `since` was the last.
pub(super) fn seek_since(state: &mut State, kid: &str, since: u64, now: Duration) -> String {
    word(&state.seek(Some(&wanted(kid)), since, now))
}

pub(super) fn serves(state: &State, now: Duration) -> bool {
    state.view().is_some_and(|view| now < view.serves_until)
}
