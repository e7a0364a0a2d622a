//! What requests see while the issuer's key server misbehaves, through axum and actix-web alike.
//!
//! `vectors/key-server.jsonl` lists what the server answers, which tokens are shown then and when, and how often the server
//! may be asked. Each scenario is played over real sockets, by a time that is moved by hand.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

#[expect(dead_code, reason = "the tests of actas-jwks use the rest")]
#[path = "../../crates/actas-jwks/tests/it/support/answer.rs"]
mod answer;
#[expect(dead_code, reason = "the tests of actas-jwks use the rest")]
#[path = "../../crates/actas-jwks/tests/it/support/ticks.rs"]
mod ticks;
#[path = "../../crates/actas-jwks/tests/it/support/tls.rs"]
mod tls;
#[expect(dead_code, reason = "the tests of actas-jwks use the rest")]
#[path = "../../crates/actas-jwks/tests/it/support/server.rs"]
mod server;
#[path = "key_server/log.rs"]
mod log;
#[path = "key_server/memory.rs"]
mod memory;
#[path = "key_server/scenario.rs"]
mod scenario;
#[path = "key_server/fixtures.rs"]
mod fixtures;
#[path = "key_server/rule.rs"]
mod rule;
#[path = "key_server/script.rs"]
mod script;
#[path = "key_server/instance.rs"]
mod instance;
#[path = "key_server/play.rs"]
mod play;

use std::collections::BTreeSet;

use actas_tests::App;
use serde_json::{Value, json};

use crate::fixtures::Fixtures;
use crate::memory::assert_that_growth_is_seen;
use crate::play::{Played, play};
use crate::scenario::Scenario;

const SCENARIOS: usize = 67;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_ends_as_it_must_in_either_framework() {
    let (scenarios, fixtures) = (lines().map(scenario), Fixtures::read());
    let mut wrong = Vec::new();
    let mut ids = BTreeSet::new();
    assert_that_growth_is_seen();
    println!("{:<34} {:>7}  requests saw", "scenario", "fetches");
    for scenario in scenarios {
        let scenario = scenario.unwrap();
        let play = |framework| play(&scenario, &fixtures, framework);
        let [axum, actix] = App::FRAMEWORKS;
        let outcomes = if scenario.is_played_alone() {
            (play(axum).await, play(actix).await)
        } else {
            tokio::join!(play(axum), play(actix))
        };
        match outcomes {
            (Ok(played), Ok(same)) if played == same => report(&scenario.id, &played),
            (axum, actix) => wrong.push(format!("{}: {axum:?}, {actix:?}", scenario.id)),
        }
        ids.insert(scenario.id);
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(ids.len(), SCENARIOS);
    println!("{} scenarios, in axum and actix-web alike", ids.len());
}

/// What is not understood cannot be left out without notice.
#[test]
fn a_field_that_is_not_known_is_an_error() {
    let places = ["", "/responses/0", "/responses/0/body", "/steps/0"];
    for line in lines() {
        assert!(scenario(line).is_ok(), "{line}");
        let known: Value = serde_json::from_str(line).unwrap();
        for place in places {
            let mut odd = known.clone();
            let Some(Value::Object(object)) = odd.pointer_mut(place) else {
                continue;
            };
            object.insert("odd".to_owned(), json!(1));
            assert!(scenario(&odd.to_string()).is_err(), "{odd}");
        }
    }
    for (place, value) in [
        ("/responses/0/body", json!({ "$gen": "odd", "n": 1 })),
        ("/responses/0/body", json!({ "$jwks": [], "$raw": "" })),
        (
            "/responses/0/body",
            json!({ "$raw": "", "encoding": "odd" }),
        ),
        ("/steps/0/expect", json!("odd")),
        ("/basis", json!("odd")),
    ] {
        let mut odd: Value = serde_json::from_str(lines().last().unwrap()).unwrap();
        *odd.pointer_mut(place).unwrap() = value;
        assert!(scenario(&odd.to_string()).is_err(), "{odd}");
    }
}

fn lines() -> impl DoubleEndedIterator<Item = &'static str> {
    include_str!("../vectors/key-server.jsonl").lines()
}

fn scenario(line: &str) -> serde_json::Result<Scenario> {
    serde_json::from_str(line)
}

/// One line: `200, 401, 503 × 49`.
fn report(id: &str, played: &Played) {
    let mut runs: Vec<(u16, usize)> = Vec::new();
    for status in &played.statuses {
        match runs.last_mut() {
            Some((last, times)) if last == status => *times += 1,
            _ => runs.push((*status, 1)),
        }
    }
    let seen: Vec<_> = runs
        .into_iter()
        .map(|run| match run {
            (0, _) => "given up".to_owned(),
            (status, 1) => status.to_string(),
            (status, times) => format!("{status} × {times}"),
        })
        .collect();
    println!("{id:<34} {:>7}  {}", played.fetches, seen.join(", "));
}
