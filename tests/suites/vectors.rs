//! Tokens and key sets with the verdict that a strict verifier gives.
//!
//! `vectors/made.jsonl` is this project's own. The cases of others are read where they lie beside the project, and left out
//! where they do not. Cases that speak of no claims, or of no issuer, run inside `actas-core`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed, in a helper as well"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use actas::{Algorithm, Auth, ConfigError, Separator, StaticKeys, Verifier};
use actas_tests::FixedClock;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

const LEEWAY: u64 = 5;

#[derive(Deserialize)]
struct Case {
    id: String,
    layer: Layer,
    why: String,
    jwks: Option<Box<RawValue>>,
    jwks_raw: Option<String>,
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
    expect_claims: Option<BTreeMap<String, Value>>,
    token: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Layer {
    Jws,
    Jwt,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeySelect {
    Kid,
    Single,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Accept,
    Reject,
    Any,
}

#[test]
fn every_vector_has_the_verdict_it_expects() {
    let (cases, complete) = cases();
    let exceptions: BTreeSet<&str> = include_str!("../vectors/exceptions.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .collect();

    let mut wrong = Vec::new();
    for case in &cases {
        let verdict = judge(case);
        let excepted = exceptions.contains(case.id.as_str());
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
        match (verdict, excepted) {
            (Ok(()), false) | (Err(_), true) => {}
            (Err(problem), false) => wrong.push(format!("{}: {problem} ({})", case.id, case.why)),
            (Ok(()), true) => wrong.push(format!("{}: is an exception, and passes", case.id)),
        }
    }
    let known: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    if complete {
        let unknown = exceptions.difference(&known);
        wrong.extend(unknown.map(|id| format!("{id}: is an exception, and no vector")));
    }
    assert_eq!(known.len(), cases.len(), "an id stands twice");
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn there_are_vectors_of_either_verdict() {
    let (cases, _) = cases();
    let count = |expect| cases.iter().filter(|case| case.expect == expect).count();
    assert!(count(Expect::Accept) >= 100, "{}", count(Expect::Accept));
    assert!(count(Expect::Reject) >= 500, "{}", count(Expect::Reject));
}

/// The cases that a verifier's public API can judge, and whether those of others are among them.
fn cases() -> (Vec<Case>, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = fs::read_to_string(root.join("vectors/made.jsonl")).unwrap();
    let outside = fs::read_to_string(root.join("../../shared/vectors/outside.jsonl"));
    match &outside {
        Ok(outside) => text.push_str(outside),
        Err(_) => println!("outside.jsonl is absent: only made.jsonl is judged"),
    }
    let cases = text
        .lines()
        .map(|line| serde_json::from_str::<Case>(line).unwrap());
    let cases = cases.filter(|case| case.layer == Layer::Jwt && case.iss.is_some());
    (cases.collect(), outside.is_ok())
}

fn judge(case: &Case) -> Result<(), String> {
    let outcome = verify(case);
    match (case.expect, outcome) {
        (Expect::Any, _) | (Expect::Reject, Err(_)) => Ok(()),
        (Expect::Reject, Ok(_)) => Err("was accepted".to_owned()),
        (Expect::Accept, Err(reason)) => Err(format!("was refused: {reason}")),
        (Expect::Accept, Ok(auth)) => compare(case, &auth),
    }
}

/// The verdict, where a verifier that cannot be built refuses.
fn verify(case: &Case) -> Result<Auth, String> {
    let verifier = verifier(case).map_err(|error| error.to_string())?;
    let auth = verifier.verify(&case.token).now();
    auth.map_err(|error| error.to_string())
}

fn verifier(case: &Case) -> Result<Verifier, ConfigError> {
    let text = match (&case.jwks, &case.jwks_raw) {
        (Some(jwks), None) => jwks.get(),
        (None, Some(raw)) => raw,
        _ => panic!("{}: a case has one key set", case.id),
    };
    let keys = match case.key_select {
        KeySelect::Kid => StaticKeys::from_jwks(text)?,
        KeySelect::Single => StaticKeys::from_jwk(&only_key(text))?,
    };
    let algorithms = case.alg_allowed.iter();
    let mut builder = Verifier::builder(case.iss.as_deref().unwrap())
        // Always holds: the vectors tell kinds of token apart by `typ` alone.
        .separated_by(Separator::claim_that("iss", |_| true))
        .with_keys(keys)
        .with_algorithms(algorithms.filter_map(|name| Algorithm::from_name(name)))
        .with_leeway(case.leeway.unwrap_or(LEEWAY))
        .with_clock(FixedClock(case.now));
    if !case.azp_allowed.is_empty() {
        builder = builder.with_authorized_parties(&case.azp_allowed);
    }
    if let Some(audience) = &case.aud {
        builder = builder.with_audience(audience);
    }
    builder.build()
}

fn only_key(jwks: &str) -> String {
    #[derive(Deserialize)]
    struct Jwks {
        keys: [Box<RawValue>; 1],
    }
    let jwks: Jwks = serde_json::from_str(jwks).unwrap();
    jwks.keys[0].get().to_owned()
}

/// Whether what was accepted says what the token says.
fn compare(case: &Case, auth: &Auth) -> Result<(), String> {
    let payload = case.token.split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let claims: Value = auth.claims().unwrap();
    let act = Some(&payload["act"]).filter(|act| !act.is_null());
    let actor = auth.actor.as_ref();
    for (what, found, expected) in [
        ("claims", &claims, &payload),
        (
            "user_id",
            &Value::from(auth.user_id.as_str()),
            &payload["sub"],
        ),
        (
            "actor",
            &serde_json::to_value(actor).unwrap(),
            act.unwrap_or(&Value::Null),
        ),
        (
            "actor's subject",
            &Value::from(actor.map(|actor| actor.subject.as_str())),
            act.map_or(&Value::Null, |act| &act["sub"]),
        ),
    ] {
        if found != expected {
            return Err(format!("{what} came through as {found}"));
        }
    }
    for (name, expected) in case.expect_claims.iter().flatten() {
        if claims[name] != *expected {
            return Err(format!("{name} came through as {}", claims[name]));
        }
    }
    Ok(())
}
