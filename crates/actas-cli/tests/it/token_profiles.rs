//! `actas verify`: each profile.

use serde_json::json;

use crate::command::Folder;
use crate::signer::{Signer, explain};
use crate::token::failed;

const ALGORITHMS: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
];

/// What a profile is said to expect is what the verifier expects.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn each_profile_expects_what_is_said() {
    let signer = Signer::rsa();
    let folder = Folder::empty();
    folder.write("rsa.pem", signer.pem());
    let id = "https://id.example.com";
    let at_jwt = json!({"typ": "at+jwt"});
    let jwt = json!({});
    for (profile, header, claims, separating) in [
        (
            &["--clerk", "pk_test_Y2xlcmsuY2xlcmsuZGV2JA"][..],
            &jwt,
            json!({"iss": "https://clerk.clerk.dev", "aud": null}),
            None,
        ),
        (
            &["--workos", "client_01EXAMPLE"],
            &jwt,
            json!({
                "iss": "https://api.workos.com/user_management/client_01EXAMPLE",
                "aud": null,
                "sid": "session_1",
            }),
            Some(json!({"sub": "agent_1"})),
        ),
        (
            &["--auth0", "tenant.eu.auth0.com", "--audience", "api"],
            &at_jwt,
            json!({"iss": "https://tenant.eu.auth0.com/", "client_id": "c"}),
            Some(json!({"sub": "c@clients"})),
        ),
        (
            &[
                "--keycloak",
                "https://id.example.com/realms/shop",
                "--audience",
                "api",
            ],
            &jwt,
            json!({"iss": "https://id.example.com/realms/shop", "typ": "Bearer", "jti": "onrtac:1"}),
            Some(json!({"typ": "ID"})),
        ),
        (
            &["--zitadel", id, "--audience", "api", "--client-id", "c"],
            &jwt,
            json!({"iss": id, "jti": "V2_1-at_2", "client_id": "c"}),
            Some(json!({"client_id": "d"})),
        ),
        (
            &["--logto", id, "--audience", "api"],
            &at_jwt,
            json!({"iss": "https://id.example.com/oidc", "client_id": "c"}),
            Some(json!({"client_id": null})),
        ),
        (
            &[
                "--issuer",
                id,
                "--rfc9068",
                "--audience",
                "api",
                "--algorithm",
                "RS256",
            ],
            &at_jwt,
            json!({"iss": id, "client_id": "c"}),
            Some(json!({"sub": "c"})),
        ),
        (
            &[
                "--issuer",
                id,
                "--typ",
                "session+jwt",
                "--claims-differ",
                "sub,cid",
                "--audience",
                "api",
            ],
            &json!({"typ": "session+jwt"}),
            json!({"iss": id, "cid": "c"}),
            Some(json!({"cid": "user_1"})),
        ),
    ] {
        let merged = |base: &serde_json::Value, more: &serde_json::Value| {
            let mut all = base.clone();
            let members = more.as_object().unwrap().clone();
            all.as_object_mut().unwrap().extend(members);
            all
        };
        let judged = |header_change: serde_json::Value, claims_change: &serde_json::Value| {
            let header = merged(&json!({"alg": "RS256"}), &merged(header, &header_change));
            let token = signer.token(&header, &merged(&claims, claims_change));
            let keys = [
                "--public-key",
                "rsa.pem",
                "--at",
                "2026-01-01T00:00:00Z",
                "--json",
            ];
            let args = [profile, &keys[..]].concat();
            explain(&folder.path("."), token, &args).json()
        };
        let none = json!({});
        let accepted = judged(json!({}), &none);
        assert_eq!(accepted["accepted"], true, "{profile:?} {accepted}");
        let expected = |rule: &str| {
            let checks = accepted["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["rule"] == rule).unwrap();
            check["expected"].as_str().unwrap().to_owned()
        };
        let list = expected("algorithm");
        let list: Vec<&str> = list.trim_start_matches("one of ").split(", ").collect();
        for algorithm in ALGORITHMS {
            let value = judged(json!({"alg": algorithm}), &none);
            let is_taken = value["rule"] != "algorithm";
            assert_eq!(
                is_taken,
                list.contains(&algorithm),
                "{profile:?} {algorithm}"
            );
        }
        for typ in ["JWT", "at+jwt", "session+jwt"] {
            let value = judged(json!({"typ": typ}), &none);
            let is_taken = value["rule"] != "token_type";
            assert_eq!(
                is_taken,
                expected("token_type").ends_with(typ),
                "{profile:?} {typ}"
            );
        }
        let value = judged(json!({"cat": "cl_other"}), &none);
        let is_judged = expected("category") != "anything";
        assert_eq!(value["rule"] == "category", is_judged, "{profile:?}");
        if is_judged {
            assert_eq!(failed(&value)["found"], "\"cl_other\"");
        }
        let value = judged(json!({}), &json!({"sid": null}));
        assert_eq!(
            value["rule"] == "session_id",
            !expected("session_id").starts_with("absent"),
            "{profile:?}"
        );
        if let Some(change) = separating {
            let value = judged(json!({}), &change);
            let (name, changed) = change.as_object().unwrap().iter().next().unwrap();
            let found = failed(&value);
            assert_eq!(found["rule"], "not_a_session", "{profile:?}");
            let told = if changed.is_null() {
                format!("{name} absent")
            } else {
                format!("{name} {changed}")
            };
            assert!(found["found"].as_str().unwrap().contains(&told), "{found}");
            assert!(
                found["expected"].as_str().unwrap().contains(name),
                "{found}"
            );
        }
    }
}
