//! What `act` must not be.

use serde_json::{Value, json};

use super::draft::{get, post};
use crate::clerk;
use crate::scenario::Scenario;

/// Values that identify no actor.
const MALFORMED: [&str; 33] = [
    "{}",
    "[]",
    "\"\"",
    "\"user_9ada\"",
    "\"null\"",
    "0",
    "1",
    "-0.0",
    "1e999",
    "true",
    "false",
    "[\"user_9ada\"]",
    "[\"iss\",\"sid\",\"user_9ada\"]",
    "[{\"sub\":\"user_9ada\"}]",
    "[null]",
    "{\"sub\":null}",
    "{\"sub\":\"\"}",
    "{\"sub\":7}",
    "{\"sub\":true}",
    "{\"sub\":[\"user_9ada\"]}",
    "{\"sub\":{\"sub\":\"user_9ada\"}}",
    "{\"Sub\":\"user_9ada\"}",
    "{\"sub \":\"user_9ada\"}",
    "{\"type\":\"agent\"}",
    "{\"act\":{\"sub\":\"user_9ada\"}}",
    "{\"sub\":\"user_9ada\",\"sub\":\"user_9ada\"}",
    "{\"sub\":\"user_9ada\",\"s\\u0075b\":\"user_1\"}",
    "{\"sub\":\"user_9ada\",\"iss\":7}",
    "{\"sub\":\"user_9ada\",\"iss\":null}",
    "{\"sub\":\"user_9ada\",\"act\":{}}",
    "{\"sub\":\"user_9ada\",\"act\":false}",
    "{\"sub\":\"user_9ada\",\"act\":{\"sub\":\"\"}}",
    "{\"sub\":\"user_9ada\",\"more\":{\"a\":1,\"a\":1}}",
];

/// How deep `act` may nest.
const MAX_DEPTH: usize = 8;

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    let refused = MALFORMED.iter().map(|act| format!("\"act\":{act}"));
    let twice = [
        r#""act":null,"act":null"#,
        r#""act":null,"act":{"sub":"user_9ada"}"#,
        r#""act":{"sub":"user_9ada"},"act":null"#,
        r#""act":{"sub":"user_9ada"},"\u0061ct":null"#,
    ];
    let too_deep = format!("\"act\":{}", nested(MAX_DEPTH + 1));
    for member in refused.chain(twice.map(str::to_owned)).chain([too_deep]) {
        let token = clerk::v2().with_raw(&member).sign(&clerk::signer());
        for draft in [
            get("/me"),
            post("/password"),
            post("/account"),
            get("/public/me"),
            post("/reported"),
        ] {
            all.push(draft.named(&member).bearer(&token).not_accepted());
        }
    }
    let deep = nested(MAX_DEPTH);
    let token = clerk::v2().with("act", deep.clone()).sign(&clerk::signer());
    all.push(
        get("/me")
            .named("eight actors")
            .bearer(&token)
            .acted_by(&deep),
    );
    all.push(
        post("/password")
            .named("eight actors")
            .bearer(&token)
            .denied(),
    );

    // Names that look like `act`, and are none.
    let other = clerk::v2()
        .with("Act", json!({ "sub": "user_9ada" }))
        .with("actor", json!({ "sub": "user_9ada" }));
    let other = other
        .with("may_act", json!({ "sub": "user_9ada" }))
        .sign(&clerk::signer());
    all.push(
        post("/password")
            .named("claims that resemble act")
            .bearer(&other)
            .direct(),
    );
    all
}

fn nested(depth: usize) -> Value {
    (1..depth).fold(
        json!({ "sub": "user_1" }),
        |act, _| json!({ "sub": "user_9ada", "act": act }),
    )
}
