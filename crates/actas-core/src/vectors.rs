//! The vectors of others that no public API can judge: tokens without claims, and claims without an issuer to check.
//!
//! They are read where they lie beside the project, and left out where they do not. All other vectors run through the public
//! API, in the tests of the whole family.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::claims::Claims;
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::json::Json;
use crate::keys::{Algorithm, KeySet};
use crate::refusal::Refusals;
use crate::rules::{AudienceRule, Rules};
use crate::separator::Separator;
use crate::session::Shared;
use crate::token::compact::Compact;
use crate::token::header::Header;

/// Stands for the issuer of a token whose issuer is not checked.
const ISSUER: &str = "https://issuer.example";

#[derive(Deserialize)]
struct Case<'a> {
    id: Cow<'a, str>,
    layer: Layer,
    why: Cow<'a, str>,
    #[serde(borrow)]
    jwks: &'a RawValue,
    alg_allowed: Vec<String>,
    #[serde(default)]
    requires: Vec<String>,
    key_select: KeySelect,
    iss: Option<String>,
    #[serde(default)]
    azp_allowed: Vec<String>,
    aud: Option<String>,
    leeway: Option<u64>,
    now: u64,
    expect: Expect,
    token: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Layer {
    Jws,
    Jwt,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum KeySelect {
    Kid,
    Single,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Accept,
    Reject,
    Any,
}

#[derive(Debug)]
struct Fixed(u64);

impl Clock for Fixed {
    fn now(&self) -> Option<u64> {
        Some(self.0)
    }
}

#[test]
fn every_vector_has_the_verdict_it_expects() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/outside.jsonl");
    let Ok(text) = fs::read_to_string(path) else {
        println!("outside.jsonl is absent: nothing is judged");
        return;
    };
    let exceptions: BTreeSet<&str> = include_str!("vectors/exceptions.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .collect();

    let (mut wrong, mut known) = (Vec::new(), BTreeSet::new());
    let (mut accepted, mut refused) = (0, 0);
    for line in text.lines() {
        let case: Case<'_> = serde_json::from_str(line).unwrap();
        if case.layer == Layer::Jwt && case.iss.is_some() {
            continue;
        }
        let outcome = verify(&case);
        let as_expected = match case.expect {
            Expect::Accept => outcome.is_ok(),
            Expect::Reject => outcome.is_err(),
            Expect::Any => true,
        };
        let excepted = exceptions.contains(&*case.id);
        if as_expected == excepted {
            wrong.push(format!("{}: {outcome:?} ({})", case.id, case.why));
        }
        if excepted
            && case
                .requires
                .iter()
                .all(|name| Algorithm::from_name(name).is_some())
        {
            wrong.push(format!(
                "{}: is an exception, and requires nothing that is not offered",
                case.id
            ));
        }
        match outcome {
            Ok(()) => accepted += 1,
            Err(_) => refused += 1,
        }
        known.insert(case.id.into_owned());
    }
    wrong.extend(
        exceptions
            .iter()
            .filter(|id| !known.contains(**id))
            .map(|id| format!("{id}: is an exception, and no vector")),
    );
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        known.len(),
        wrong.join("\n")
    );
    assert!(
        accepted >= 40 && refused >= 100,
        "{accepted} accepted, {refused} refused"
    );
}

/// What the verifier does, as far as the case goes: to the signature, or to the last of the claims.
fn verify(case: &Case<'_>) -> Result<(), String> {
    let keys = match case.key_select {
        KeySelect::Kid => KeySet::from_json(case.jwks.get()).map_err(|error| error.to_string())?,
        KeySelect::Single => {
            KeySet::from_jwk(&only_key(case.jwks.get())).map_err(|error| error.to_string())?
        }
    };
    judge(case, &keys).map_err(|refusal| format!("{refusal:?}"))
}

fn judge(case: &Case<'_>, keys: &KeySet) -> Result<(), ErrorKind> {
    let rules = rules(case);
    Compact::read(&case.token, rules.max_token_bytes, |token| {
        let header = Header::parse(token.header)?;
        let algorithm = match case.layer {
            // `typ` tells kinds of JWT apart, and says nothing of a payload that is none.
            Layer::Jws => {
                let algorithm = header.algorithm().and_then(Algorithm::from_name);
                let allowed = algorithm.filter(|algorithm| rules.algorithms.contains(algorithm));
                allowed.ok_or(ErrorKind::Algorithm)?
            }
            Layer::Jwt => rules.judge_header(&header)?,
        };
        let key = keys
            .find(header.key_id(), algorithm)
            .ok_or(ErrorKind::UnknownKey)?;
        if !key.verify(token.signed.as_bytes(), token.signature) {
            return Err(ErrorKind::Signature);
        }
        match case.layer {
            Layer::Jws => Ok(()),
            Layer::Jwt => {
                let text = str::from_utf8(token.payload).map_err(|_| ErrorKind::Claims)?;
                let mut claims = Claims::parse(text, &rules.watched).ok_or(ErrorKind::Claims)?;
                claims.issuer = Json::String(Cow::Borrowed(ISSUER));
                let shared = Shared {
                    clock: Arc::new(Fixed(case.now)),
                    refusals: Refusals::default(),
                    user_ids: crate::user_ids::UserIds::default(),
                };
                rules
                    .judge_claims(&claims, Some(case.now), &Arc::new(shared))
                    .map(|_| ())
            }
        }
    })
}

fn rules(case: &Case<'_>) -> Rules {
    // Asks for nothing more than the rules do: the vectors tell kinds of token apart by `typ` alone.
    let separator = Separator::claim("sub");
    Rules {
        issuer: ISSUER.to_owned(),
        algorithms: case
            .alg_allowed
            .iter()
            .filter_map(|name| Algorithm::from_name(name))
            .collect(),
        watched: separator.watched(),
        separator,
        categories: None,
        audience: case
            .aud
            .as_ref()
            .map_or(AudienceRule::NoneExpected, |audience| {
                AudienceRule::OneOf(vec![audience.clone()])
            }),
        authorized_parties: case.azp_allowed.clone(),
        leeway: case.leeway.unwrap_or(5),
        max_token_bytes: 16 * 1024,
        session_id_required: false,
        pending_sessions: false,
    }
}

fn only_key(jwks: &str) -> String {
    #[derive(Deserialize)]
    struct Jwks<'a> {
        #[serde(borrow)]
        keys: [&'a RawValue; 1],
    }
    let Jwks { keys: [key] } = serde_json::from_str(jwks).unwrap();
    key.get().to_owned()
}
