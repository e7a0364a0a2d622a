//! Who may do what: every kind of session on every route.

use serde_json::{Value, json};

use super::draft::{Draft, get, post, request};
use crate::clerk;
use crate::scenario::Scenario;
use crate::token::Token;

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (name, token) in [
        ("direct, v2", clerk::v2()),
        ("direct, v1", clerk::v1()),
        ("direct, act is null", clerk::v2().with("act", Value::Null)),
        (
            "direct, act is null after spaces",
            clerk::v2().with_raw("\"act\" : \n null "),
        ),
    ] {
        all.extend(of(name, &token, &Value::Null));
    }
    for (name, act) in acts() {
        for (version, token) in [("v2", clerk::v2()), ("v1", clerk::v1())] {
            all.extend(of(
                &format!("{name}, {version}"),
                &token.with("act", act.clone()),
                &act,
            ));
        }
    }
    let escaped = clerk::v2().with_raw(r#""\u0061c\u0074":{"s\u0075b":"user_9ad\u0061"}"#);
    all.extend(of(
        "an act in escapes",
        &escaped,
        &json!({ "sub": "user_9ada" }),
    ));
    all
}

fn acts() -> Vec<(&'static str, Value)> {
    vec![
        (
            "dashboard",
            json!({ "iss": "https://dashboard.clerk.com", "sid": "sess_9ada", "sub": "user_9ada" }),
        ),
        ("API", json!({ "sub": "user_9ada" })),
        (
            "API, with a reason",
            json!({ "sub": "user_9ada", "reason": "ticket 7", "more": [1, { "a": null }] }),
        ),
        (
            "CLI",
            json!({ "iss": "clerk-cli", "sub": "cli:ada@example.com" }),
        ),
        ("agent", json!({ "sub": "agent_7", "type": "agent" })),
        (
            "agent before a person",
            json!({ "sub": "user_9ada", "act": { "sub": "agent_7", "type": "agent" } }),
        ),
        (
            "dashboard before an API",
            json!({ "sub": "user_9ada", "act": { "iss": "https://dashboard.clerk.com", "sub": "user_1" } }),
        ),
        (
            "an actor before whom nobody acted",
            json!({ "sub": "user_9ada", "act": null }),
        ),
        (
            "a kind unknown",
            json!({ "sub": "robot_1", "type": "robot" }),
        ),
    ]
}

fn of(name: &str, token: &Token, act: &Value) -> Vec<Scenario> {
    let token = token.sign(&clerk::signer());
    let ask = |draft: Draft| draft.named(name).bearer(&token);
    let unless = |allowed: bool, draft: Draft| {
        if allowed {
            ask(draft).acted_by(act)
        } else {
            ask(draft).denied()
        }
    };
    let is_direct = act.is_null();
    let is_agent = act["type"] == "agent";
    let is_dashboard = act["iss"] == "https://dashboard.clerk.com";

    let mut all = vec![
        ask(get("/me")).acted_by(act),
        ask(get("/cached")).acted_by(act),
        unless(is_direct, post("/password")),
        unless(is_direct, post("/account")),
        unless(is_direct, post("/keys")),
        unless(is_direct || is_agent, post("/agents")),
        unless(is_direct || is_dashboard, post("/support")),
        ask(post("/reported")).acted_by(act),
        ask(get("/public/me")).acted_by(act),
        ask(get("/public/account")).acted_by(act),
        unless(is_direct, post("/public/password")),
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        all.push(unless(is_direct, request(method, "/notes")));
    }
    for method in ["GET", "OPTIONS"] {
        let read = ask(request(method, "/notes"));
        let read = if is_direct {
            read
        } else {
            read.grpc_refused("impersonation_denied")
        };
        all.push(read.acted_by(act));
    }
    all
}
