//! No token with an `act` that is present and not `null` ever yields a direct session, and no input panics.
//!
//! Tokens are signed by the right key, so that only their claims are in question. What is expected of them is told by a slow
//! oracle that shares no code with the verifier.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

#[path = "rule_one/json_text.rs"]
mod json_text;
#[path = "rule_one/oracle.rs"]
mod oracle;

use std::sync::LazyLock;

use actas::{Auth, RequestHead, Separator, StaticKeys, Verifier};
use actas_tests::{FixedClock, Signer};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::json_text::{members, object, spelled, value};
use crate::oracle::{Verdict, judge};

const ISSUER: &str = "https://issuer.example";
const HEADER: &str = r#"{"alg":"EdDSA","kid":"1","typ":"JWT"}"#;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::eddsa("1"));
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_cookie_names(["session"])
        .with_websocket_protocol("bearer.")
        .with_keys(StaticKeys::from_jwks(&SIGNER.jwks()).unwrap())
        .with_clock(FixedClock(1))
        .build()
        .unwrap()
});

/// The claims that every session needs, and `more` members, in any order.
fn claims(more: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = String> {
    let needed = [
        r#""iss":"https://issuer.example""#,
        r#""sub":"user_1""#,
        r#""exp":9"#,
        r#""sid":"sess_1""#,
    ]
    .map(str::to_owned);
    let all = more
        .prop_map(move |more| [needed.to_vec(), more].concat())
        .prop_shuffle();
    all.prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// `act` in any spelling, or a name that resembles it, with any value.
fn act() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        8 => spelled("act"),
        1 => prop::sample::select(vec!["Act", "acT", "act ", "act\u{200b}", "аct", "", "sid"]).prop_flat_map(spelled),
    ];
    let value = prop_oneof![
        1 => Just("null".to_owned()),
        3 => object(),
        2 => value(),
        // What a careless reader takes for nothing.
        1 => prop::sample::select(vec!["false", "0", "\"\"", "{}", "[]", "\"null\"", "[null]"]).prop_map(str::to_owned),
    ];
    (name, value).prop_map(|(name, value)| format!("{name}:{value}"))
}

fn verify(claims: &str) -> Option<Auth> {
    VERIFIER.verify(&SIGNER.sign(HEADER, claims)).now().ok()
}

fn agrees(claims: &str) -> Result<Verdict, TestCaseError> {
    let expected = judge(claims);
    let found = verify(claims);
    match (&expected, &found) {
        (Verdict::Refused, None) => {}
        (Verdict::Direct, Some(auth)) => {
            prop_assert!(!auth.is_impersonated());
            prop_assert!(auth.direct().is_some());
            prop_assert!(auth.require_direct().is_ok());
        }
        (Verdict::Impersonated(act), Some(auth)) => {
            prop_assert!(auth.is_impersonated());
            prop_assert!(auth.direct().is_none());
            prop_assert!(auth.require_direct().is_err());
            let actor = auth.actor.as_ref().unwrap();
            prop_assert_eq!(act.get("sub"), Some(&json!(actor.subject)));
            prop_assert_eq!(act, &serde_json::to_value(actor).unwrap());
        }
        _ => prop_assert!(false, "expected {:?}, found {:?}", expected, found),
    }
    Ok(expected)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_act_is_judged_as_the_oracle_does(claims in claims(vec(act(), 1))) {
        agrees(&claims)?;
    }

    #[test]
    fn several_acts_among_other_claims_are_judged_as_the_oracle_does(
        claims in claims((vec(act(), 0..3), members()).prop_map(|(acts, more)| [acts, more].concat())),
    ) {
        agrees(&claims)?;
    }

    #[test]
    fn an_act_of_any_depth_is_judged_as_the_oracle_does(
        depth in 1_usize..12,
        innermost in prop_oneof![Just("null".to_owned()), value(), object()],
        issuer in prop_oneof![3 => Just(String::new()), 1 => value().prop_map(|iss| format!(",\"iss\":{iss}"))],
    ) {
        let act = (0..depth).fold(innermost, |act, level| format!(r#"{{"sub":"a{level}"{issuer},"act":{act}}}"#));
        agrees(&format!(r#"{{"iss":"{ISSUER}","sub":"user_1","sid":"s","exp":9,"act":{act}}}"#))?;
    }

    #[test]
    fn any_bytes_as_claims_are_no_session(claims in prop_oneof![
        any::<String>(),
        value(),
        object(),
        members().prop_map(|members| format!("{{{}}}", members.join(","))),
    ]) {
        prop_assert!(verify(&claims).is_none());
    }

    #[test]
    fn any_header_is_judged_without_panic(
        header in prop_oneof![
            any::<String>(),
            object(),
            members().prop_map(|more| [vec![r#""alg":"EdDSA""#.to_owned(), r#""kid":"1""#.to_owned()], more].concat())
                .prop_shuffle()
                .prop_map(|members| format!("{{{}}}", members.join(","))),
        ],
    ) {
        let claims = r#"{"iss":"https://issuer.example","sub":"user_1","sid":"s","exp":9,"act":{"sub":"admin_1"}}"#;
        let verified = VERIFIER.verify(&SIGNER.sign(&header, claims)).now();
        prop_assert!(verified.is_err() || verified.is_ok_and(|auth| auth.direct().is_none()));
    }

    #[test]
    fn any_text_as_a_token_is_refused(token in prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_.-]{0,80}",
        "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}",
    ]) {
        prop_assert!(VERIFIER.verify(&token).now().is_err());
    }

    #[test]
    fn a_token_altered_anywhere_is_refused(at in any::<prop::sample::Index>(), by in any::<char>()) {
        let claims = r#"{"iss":"https://issuer.example","sub":"user_1","sid":"s","exp":9,"act":{"sub":"admin_1"}}"#;
        let token = SIGNER.sign(HEADER, claims);
        let mut altered: Vec<char> = token.chars().collect();
        let place = at.get(&altered);
        prop_assume!(*place != by);
        let index = at.index(altered.len());
        altered.splice(index..=index, [by]);
        let altered: String = altered.into_iter().collect();
        prop_assert!(VERIFIER.verify(&altered).now().is_err(), "{}", altered);
    }

    #[test]
    fn headers_that_hold_only_impersonated_tokens_yield_no_direct_session(request in request()) {
        if let Ok(Some(auth)) = VERIFIER.authenticate(&request).now() {
            prop_assert!(auth.direct().is_none());
            prop_assert_eq!(&auth.actor.as_ref().unwrap().subject, "admin_1");
        }
    }
}

/// The oracle would be of no use if it said one thing only.
#[test]
fn the_claims_are_of_every_verdict() {
    let mut runner = TestRunner::deterministic();
    let strategy = claims(vec(act(), 1));
    let (mut direct, mut impersonated, mut refused) = (0, 0, 0);
    for _ in 0..1000 {
        let claims = strategy.new_tree(&mut runner).unwrap().current();
        match judge(&claims) {
            Verdict::Direct => direct += 1,
            Verdict::Impersonated(_) => impersonated += 1,
            Verdict::Refused => refused += 1,
        }
    }
    assert!(
        direct >= 50 && impersonated >= 50 && refused >= 50,
        "{direct} {impersonated} {refused}"
    );
}

/// A request as no server hands it on: any method, any bytes.
#[derive(Debug)]
struct AnyRequest {
    method: String,
    target: String,
    authority: Option<String>,
    headers: Vec<(&'static str, Vec<u8>)>,
}

impl RequestHead for AnyRequest {
    fn method(&self) -> &str {
        &self.method
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        let lines = self.headers.iter().filter(move |(line, _)| *line == name);
        lines.map(|(_, value)| value.as_slice())
    }

    fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }
}

fn request() -> impl Strategy<Value = AnyRequest> {
    static TOKEN: LazyLock<String> = LazyLock::new(|| {
        let claims = json!({ "iss": ISSUER, "sub": "user_1", "sid": "s", "exp": 9, "act": { "sub": "admin_1" } });
        SIGNER.sign(HEADER, &Value::to_string(&claims))
    });
    let name = prop::sample::select(vec![
        "authorization",
        "cookie",
        "sec-websocket-protocol",
        "upgrade",
        "origin",
        "sec-fetch-site",
        "host",
    ]);
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "Bearer ", "bearer", "Basic ", " ", "session=", "session", "; ", ";", "=", ", ", "bearer.", "websocket",
            "\"", "https://", "null", "same-origin", "cross-site", ":443",
        ]).prop_map(|piece| piece.as_bytes().to_vec()),
        2 => Just(TOKEN.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..6),
    ];
    let line = (name, vec(piece, 0..6).prop_map(|pieces| pieces.concat()));
    let method = prop_oneof![
        prop::sample::select(vec!["GET", "POST", "CONNECT"]).prop_map(str::to_owned),
        any::<String>()
    ];
    let head = (method, any::<String>(), any::<Option<String>>());
    (head, vec(line, 0..5)).prop_map(|((method, target, authority), headers)| AnyRequest {
        method,
        target,
        authority,
        headers,
    })
}
