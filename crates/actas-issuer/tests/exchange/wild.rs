//! Any request at all.

use actas_issuer::exchange::USER_ID_TOKEN_TYPE;
use proptest::prelude::*;
use proptest::sample::select;

use crate::log::Log;
use crate::support::{ACCESS_TOKEN, Ask, Endpoint, GRANT, ID_TOKEN, JWT};

/// What a parameter may hold: a thing of the endpoint's, or any text.
#[derive(Clone, Debug)]
enum Value {
    Secret,
    UserToken,
    AdminToken,
    ActedToken,
    Text(String),
}

fn value() -> impl Strategy<Value = Value> {
    let known = select(vec![
        GRANT,
        ACCESS_TOKEN,
        JWT,
        ID_TOKEN,
        USER_ID_TOKEN_TYPE,
        "export",
        "desk",
        "user_1",
        "missing",
    ]);
    prop_oneof![
        Just(Value::Secret),
        Just(Value::UserToken),
        Just(Value::AdminToken),
        Just(Value::ActedToken),
        known.prop_map(|text| Value::Text(text.to_owned())),
        ".{0,40}".prop_map(Value::Text),
    ]
}

fn parameters() -> impl Strategy<Value = Vec<(String, Value)>> {
    let names = vec![
        "grant_type",
        "subject_token",
        "subject_token_type",
        "actor_token",
        "actor_token_type",
        "requested_token_type",
        "scope",
        "client_id",
        "client_secret",
        "client_assertion",
        "reason",
        "ticket",
        "audience",
        "resource",
    ];
    let name = prop_oneof![9 => select(names).prop_map(str::to_owned), 1 => ".{0,12}"];
    prop::collection::vec((name, value()), 0..12)
}

/// What is done to a request that is good.
#[derive(Clone, Debug)]
enum Base {
    Good,
    Nothing,
}

#[test]
fn no_request_breaks_it_or_is_answered_with_what_it_held() {
    let log = Log::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let endpoint = runtime.block_on(Endpoint::new());
    let user = endpoint.issuer.session("user_1").token();
    let admin = endpoint.issuer.session("admin_1").token();
    let acted = endpoint.issuer.session("user_1").acted_by("boss").token();
    let good = endpoint
        .good()
        .set("subject_token", &user)
        .set("actor_token", &admin);
    let secrets = [
        &endpoint.secret,
        &endpoint.desk_secret,
        &user,
        &admin,
        &acted,
    ];
    let base = prop_oneof![3 => Just(Base::Good), 1 => Just(Base::Nothing)];
    let header = prop::option::of(prop::collection::vec(any::<u8>(), 0..60));
    proptest!(ProptestConfig::with_cases(400), |(base in base, parameters in parameters(), header in header, replaces in any::<bool>())| {
        let mut ask = match base {
            Base::Good => good.clone(),
            Base::Nothing => Ask::new(&[]),
        };
        for (name, value) in &parameters {
            let value = match value {
                Value::Secret => &endpoint.secret,
                Value::UserToken => &user,
                Value::AdminToken => &admin,
                Value::ActedToken => &acted,
                Value::Text(text) => text,
            };
            ask = if replaces { ask.set(name, value) } else { ask.add(name, value) };
        }
        if let Some(header) = header {
            ask = ask.without_header("authorization").with_header("authorization", header);
        }
        let answer = runtime.block_on(endpoint.ask(&ask));
        let known = [200, 400, 401, 429, 503];
        prop_assert!(known.contains(&answer.status));
        prop_assert_eq!(answer.status == 200, answer.body.get("access_token").is_some());
        let told = format!("{} {:?}", answer.text, answer.headers);
        for secret in secrets {
            prop_assert!(!told.contains(secret.as_str()));
        }
    });
    let log = log.text();
    assert!(log.contains("a token exchange was refused"), "{log}");
    assert!(
        log.contains("an impersonation has started by token exchange"),
        "{log}"
    );
    for secret in secrets {
        assert!(!log.contains(secret.as_str()));
    }
}

#[test]
fn no_bytes_break_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let endpoint = runtime.block_on(Endpoint::new());
    let ask = endpoint.good();
    proptest!(ProptestConfig::with_cases(400), |(body in prop::collection::vec(any::<u8>(), 0..300))| {
        let answer = runtime.block_on(endpoint.send(&ask, &body));
        prop_assert_eq!(answer.status, 400);
    });
}
