//! `actas verify`: each rule, and what a session says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::command::{Answer, Folder};
use crate::signer::{EXPECTED, ISSUER, NOW, Signer, explain};

struct Bench {
    signer: Signer,
    folder: Folder,
}

impl Bench {
    fn new() -> Self {
        let signer = Signer::ed25519();
        let folder = Folder::empty();
        folder.write("jwks.json", signer.jwks());
        Self { signer, folder }
    }

    #[track_caller]
    fn explain(&self, token: &str, more: &[&str]) -> Answer {
        let args = [&EXPECTED[..], &["--jwks", "jwks.json"], more].concat();
        explain(&self.folder.path("."), token, &args)
    }

    fn token(&self, claims: &Value) -> String {
        self.signer.token(&json!({}), claims)
    }
}

/// The check that failed, after those that passed and before those that were not reached.
#[track_caller]
pub(crate) fn failed(value: &Value) -> &Value {
    let checks = value["checks"].as_array().unwrap();
    let position = checks.iter().position(|check| check["result"] == "failed");
    let position = position.unwrap_or_else(|| panic!("{value}"));
    for (index, check) in checks.iter().enumerate() {
        let expected = match index {
            _ if index < position => "passed",
            _ if index == position => "failed",
            _ => "not_reached",
        };
        assert_eq!(check["result"], expected, "{check}");
    }
    assert_eq!(checks[position]["rule"], value["rule"]);
    &checks[position]
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_token_fails_at_each_rule() {
    let bench = Bench::new();
    let headed = |header: Value| bench.signer.token(&header, &json!({}));
    let claiming = |claims: Value| bench.token(&claims);
    let raw = |header: &str, claims: &str| bench.signer.sign(header, claims);
    let other = Signer::ed25519().token(&json!({}), &json!({}));
    let good = r#"{"alg":"EdDSA","kid":"k"}"#;
    let cases = [
        (
            "too_large",
            "x".repeat(16_385),
            "16385 bytes",
            "at most 16384 bytes",
        ),
        ("form", "x".repeat(16_384), "1 part", "3 parts in base64url"),
        ("form", String::new(), "nothing", "3 parts in base64url"),
        ("form", "word".to_owned(), "1 part", "3 parts in base64url"),
        (
            "form",
            "a.b.c.d".to_owned(),
            "4 parts",
            "3 parts in base64url",
        ),
        (
            "form",
            format!("{}=", claiming(json!({}))),
            "3 parts, of which the third is not base64url without padding",
            "3 parts",
        ),
        (
            "form",
            "e30..e30".to_owned(),
            "3 parts, of which the second is empty",
            "3 parts",
        ),
        (
            "header",
            raw(r#"{"alg":"EdDSA","alg":"EdDSA"}"#, "{}"),
            "an object of alg, alg",
            "no name stands twice",
        ),
        ("header", raw("[]", "{}"), "no JSON object", "a JSON object"),
        (
            "algorithm",
            headed(json!({"alg": "HS256"})),
            "\"HS256\"",
            "one of RS256, ES256, EdDSA",
        ),
        (
            "token_type",
            headed(json!({"typ": "at+jwt"})),
            "\"at+jwt\"",
            "absent or JWT",
        ),
        (
            "critical",
            headed(json!({"crit": ["exp"]})),
            "crit [\"exp\"], b64 absent",
            "crit absent",
        ),
        (
            "unknown_key",
            headed(json!({"kid": "other"})),
            "kid \"other\", alg \"EdDSA\"",
            "a kid and alg of a key in jwks.json",
        ),
        (
            "signature",
            other,
            "a signature of 64 bytes",
            "the key's signature",
        ),
        ("claims", raw(good, "7"), "no JSON object", "a JSON object"),
        (
            "claims",
            raw(good, r#"{"sub":"a","sub":"a"}"#),
            "an object of sub, sub",
            "no name stands twice",
        ),
        (
            "issuer",
            claiming(json!({"iss": "https://other.example"})),
            "\"https://other.example\"",
            ISSUER,
        ),
        (
            "expired",
            claiming(json!({"exp": NOW - 5})),
            "1767225595: 2025-12-31T23:59:55Z, 5s ago",
            "later than 2025-12-31T23:59:55Z, and before the year 10000",
        ),
        (
            "expired",
            claiming(json!({"exp": (NOW + 60) * 1000})),
            "1767225660000: no time that can be told",
            "later than",
        ),
        (
            "expired",
            claiming(json!({"exp": "soon"})),
            "\"soon\"",
            "later than",
        ),
        ("expired", claiming(json!({"exp": null})), "absent", "later"),
        (
            "not_yet_valid",
            claiming(json!({"nbf": NOW + 6})),
            "1767225606: 2026-01-01T00:00:06Z, in 6s",
            "absent or no later than 2026-01-01T00:00:05Z",
        ),
        (
            "issued_in_future",
            claiming(json!({"iat": 1_767_225_606.5})),
            "1767225606.5: 2026-01-01T00:00:06Z, in 6s",
            "absent or no later than 2026-01-01T00:00:05Z",
        ),
        (
            "audience",
            claiming(json!({"aud": ["a", "b"]})),
            "[\"a\",\"b\"]",
            "api",
        ),
        (
            "authorized_party",
            claiming(json!({"azp": "https://b.example"})),
            "\"https://b.example\"",
            "https://app.example",
        ),
        (
            "subject",
            claiming(json!({"sub": ""})),
            "\"\"",
            "a non-empty string",
        ),
        (
            "session_id",
            claiming(json!({"sid": 7})),
            "7",
            "absent or a non-empty string",
        ),
        (
            "not_a_session",
            claiming(json!({"sid": null})),
            "sid absent",
            "a sid",
        ),
        (
            "session_pending",
            claiming(json!({"sts": "pending"})),
            "\"pending\"",
            "absent, null or active",
        ),
        (
            "actor",
            claiming(json!({"act": {"sub": ""}})),
            "{\"sub\":\"\"}",
            "whose sub is a non-empty string",
        ),
        ("actor", claiming(json!({"act": "admin"})), "\"admin\"", "8"),
    ];
    let mut seen = BTreeSet::new();
    let mut all = BTreeSet::new();
    for (rule, token, found, expected) in cases {
        let answer = bench.explain(&token, &["--json"]);
        assert_eq!(answer.code, 1, "{rule}: {answer:?}");
        let value = answer.json();
        assert_eq!(
            (&value["accepted"], &value["rule"], &value["session"]),
            (&json!(false), &json!(rule), &Value::Null)
        );
        let check = failed(&value);
        assert_eq!(check["found"], found, "{rule}");
        let is_signed = value["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["rule"] == "signature" && check["result"] == "passed");
        assert_eq!(value["notes"] == json!([]), is_signed, "{rule}");
        let told = check["expected"].as_str().unwrap();
        assert!(told.contains(expected), "{rule}: {told}");
        seen.insert(rule.to_owned());
        let checks = value["checks"].as_array().unwrap().iter();
        all.extend(checks.map(|check| check["rule"].as_str().unwrap().to_owned()));

        let answer = bench.explain(&token, &[]);
        assert_eq!((answer.code, answer.err.as_str()), (1, ""));
        let reason = value["reason"].as_str().unwrap();
        assert!(
            answer.out.starts_with(&format!("refused: {reason}\n")),
            "{}",
            answer.out
        );
        let line = format!("failed       {rule:<17} {found}; expected: {told}\n");
        assert!(answer.out.contains(&line), "{}", answer.out);
    }
    // Clerk's alone, below.
    seen.insert("category".to_owned());
    assert_eq!(seen, all);
}

#[test]
fn a_refused_key_of_the_set_is_told_of() {
    let bench = Bench::new();
    let token = bench.signer.token(&json!({"kid": "symmetric"}), &json!({}));
    let value = bench.explain(&token, &["--json"]).json();
    assert_eq!(
        value["notes"],
        json!([
            "cannot be used: key \"symmetric\" is symmetric",
            "no signature was found to hold: anybody can have written this token",
        ])
    );
}

#[test]
fn a_direct_session() {
    let bench = Bench::new();
    let answer = bench.explain(&bench.token(&json!({})), &[]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let (session, checks) = answer.out.split_once("\n\n").unwrap();
    assert_eq!(
        session,
        "accepted: user_1 is here in person, nobody acts as them\n\
         user       user_1, of https://issuer.example\n\
         session    sess_1\n\
         party      https://app.example\n\
         issued     2025-12-31T23:59:59Z, 1s ago\n\
         expires    2026-01-01T00:01:00Z, in 1m\n\
         taken      until 2026-01-01T00:01:05Z, with the leeway\n\
         judged as  2026-01-01T00:00:00Z"
    );
    assert_eq!(checks.lines().count(), 21);
    assert!(checks.lines().all(|line| line.starts_with("passed  ")));
    assert!(checks.contains("\npassed       actor             absent; expected: absent, null, or"));
}

#[test]
fn an_impersonated_session() {
    let bench = Bench::new();
    let token = bench.token(&json!({"sts": "pending", "act": {
        "sub": "admin_1",
        "iss": "https://staff.example",
        "act": {"sub": "agent_7", "type": "agent", "act": {"sub": "robot", "type": "robot"}},
    }}));
    let args = ["--pending-sessions", "--leeway", "0"];
    let answer = bench.explain(&token, &args);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let (session, _) = answer.out.split_once("\n\n").unwrap();
    assert_eq!(
        session,
        "accepted: admin_1 acts as user_1\n\
         user       user_1, of https://issuer.example\n\
         actor      admin_1, human, of https://staff.example\n\
         before     agent_7, agent, of https://issuer.example\n\
         before     robot, neither human nor agent, of https://issuer.example\n\
         session    sess_1\n\
         party      https://app.example\n\
         pending    the session has tasks to complete\n\
         issued     2025-12-31T23:59:59Z, 1s ago\n\
         expires    2026-01-01T00:01:00Z, in 1m\n\
         taken      until 2026-01-01T00:01:00Z, with the leeway\n\
         judged as  2026-01-01T00:00:00Z"
    );
    let value = bench.explain(&token, &[&args[..], &["--json"]].concat());
    let value = value.json();
    assert_eq!(
        (&value["accepted"], &value["rule"], &value["judged_at"]),
        (&json!(true), &Value::Null, &json!("2026-01-01T00:00:00Z"))
    );
    assert_eq!(
        value["session"],
        json!({
            "user_id": "user_1",
            "issuer": ISSUER,
            "session_id": "sess_1",
            "authorized_party": "https://app.example",
            "impersonated": true,
            "actor": {"subject": "admin_1", "issuer": "https://staff.example", "kind": "human"},
            "prior_actors": [
                {"subject": "agent_7", "issuer": ISSUER, "kind": "agent"},
                {"subject": "robot", "issuer": ISSUER, "kind": "other"},
            ],
            "pending": true,
            "issued_at": "2025-12-31T23:59:59Z",
            "expires_at": "2026-01-01T00:01:00Z",
            "ends_at": "2026-01-01T00:01:00Z",
        })
    );
}

#[test]
fn a_token_is_read_from_a_file_and_judged_as_of_now_or_another_time() {
    let bench = Bench::new();
    let token = bench.token(&json!({}));
    bench.folder.write("token.txt", format!("\n {token}\r\n"));
    assert_eq!(bench.explain("", &["token.txt"]).code, 0);
    assert_eq!(bench.explain(&token, &["-"]).code, 0);
    let now = [&EXPECTED[..8], &["--jwks", "jwks.json", "--json"]].concat();
    let answer = explain(&bench.folder.path("."), &token, &now);
    assert_eq!(failed(&answer.json())["rule"], "expired");
}
