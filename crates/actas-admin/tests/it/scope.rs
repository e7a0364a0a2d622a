//! Who may read what, however the list is mounted.

use serde_json::{Value, json};

use crate::support::{Around, Issuer, Mount, Record, get};

/// Every route that gives something of the record, as asked for the first session.
fn routes(record: &Record) -> [String; 4] {
    let id = &record.ids[0];
    [
        "/admin/me/impersonations".to_owned(),
        "/admin/sessions".to_owned(),
        format!("/admin/sessions/{id}"),
        format!("/admin/sessions/{id}/events"),
    ]
}

pub(crate) async fn whoever_is_not_an_auditor_is_told_so(record: &Record) {
    let issuer = &record.issuer;
    for mount in Mount::ALL {
        let required = record.serve(mount);
        let optional = record.serve_in(mount, Around::Optional(issuer.verifier()));
        let bare = record.serve_in(mount, Around::Nothing);
        let auditor = issuer.direct("auditor");
        let nobody = issuer.direct("user_1");
        let impersonated = issuer.impersonated("auditor");
        for path in routes(record) {
            let own = path.ends_with("/impersonations");
            for (server, token, status, code) in [
                (required, None, 401, "missing_credential"),
                (optional, None, 401, "missing_credential"),
                (required, Some("no.token.this"), 401, "invalid_token"),
                (bare, Some(auditor.as_str()), 500, "missing_layer"),
                (bare, None, 500, "missing_layer"),
                (
                    required,
                    Some(impersonated.as_str()),
                    403,
                    "impersonation_denied",
                ),
                (
                    optional,
                    Some(impersonated.as_str()),
                    403,
                    "impersonation_denied",
                ),
                (
                    required,
                    Some(nobody.as_str()),
                    if own { 200 } else { 403 },
                    "not_an_auditor",
                ),
                (required, Some(auditor.as_str()), 200, ""),
                (optional, Some(auditor.as_str()), 200, ""),
            ] {
                let answer = get(server, &path, token).await;
                assert_eq!(answer.status, status, "{mount:?} {path} {code}");
                assert!(
                    answer.header("cache-control").contains("no-store"),
                    "{mount:?} {path}"
                );
                if status != 200 {
                    let problem = answer.json();
                    assert_eq!(problem["code"], code, "{mount:?} {path}");
                    assert_eq!(problem["type"], format!("urn:actas:problem:{code}"));
                    assert_eq!(answer.header("content-type"), "application/problem+json");
                }
            }
        }
    }
}

pub(crate) async fn an_organisation_is_all_that_its_auditor_sees(record: &Record) {
    let unknown = "imp_00000000000000000000000000000000";
    let [a, b, c, d] = &record.ids;
    for mount in Mount::ALL {
        let server = record.serve(mount);
        for (query, expected) in [
            ("", json!([c, a])),
            ("?user_id=user_2", json!([])),
            ("?actor=admin_2", json!([c])),
        ] {
            let page = record
                .ask(server, "auditor_1", &format!("/sessions{query}"))
                .await;
            let ids: Value = page.json()["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|session| session["id"].clone())
                .collect();
            assert_eq!(ids, expected, "{mount:?} {query}");
        }
        for tail in ["", "/events"] {
            for within in [a, c] {
                let answer = record
                    .ask(server, "auditor_1", &format!("/sessions/{within}{tail}"))
                    .await;
                assert_eq!(answer.status, 200, "{mount:?}");
            }
            let missing = record
                .ask(server, "auditor_1", &format!("/sessions/{unknown}{tail}"))
                .await;
            assert_eq!(missing.status, 404, "{mount:?}");
            assert_eq!(missing.json()["code"], "session_not_found");
            for outside in [b.as_str(), d.as_str(), "imp_1", "%FF", "..%2Fme"] {
                let answer = record
                    .ask(server, "auditor_1", &format!("/sessions/{outside}{tail}"))
                    .await;
                assert_eq!(answer.status, 404, "{mount:?} {outside}");
                assert_eq!(answer.body, missing.body, "{mount:?} {outside}");
            }
        }
    }
}

/// A cursor says where a page begins, not what may be read.
pub(crate) async fn the_cursor_of_another_widens_nothing(record: &Record) {
    for mount in Mount::ALL {
        let server = record.serve(mount);
        let page = record
            .ask(server, "auditor", "/sessions?limit=1")
            .await
            .json();
        let cursor = page["next_cursor"].as_str().unwrap();
        for (user, path, expected) in [
            ("auditor_1", "/sessions", 2),
            ("user_2", "/me/impersonations", 1),
        ] {
            let page = record
                .ask(server, user, &format!("{path}?cursor={cursor}"))
                .await;
            assert_eq!(
                page.json()["data"].as_array().unwrap().len(),
                expected,
                "{mount:?} {user}"
            );
        }
    }
}

pub(crate) async fn a_user_sees_who_acted_as_them(record: &Record) {
    // A user by the same id, of another issuer.
    let other = Issuer::new("https://other.example", &record.clock);
    let claims = json!({ "sub": "user_1", "sid": "o", "act": { "sub": "admin_1" } });
    let foreign = other.request(&record.log, "GET", &claims).await;
    let [a, _, c, _] = &record.ids;
    for mount in Mount::ALL {
        let server = record.serve(mount);
        let page = record
            .ask(server, "user_1", "/me/impersonations")
            .await
            .json();
        let [ended, expired] = page["data"].as_array().unwrap().as_slice() else {
            panic!("{mount:?}: {page}");
        };
        assert_eq!((&ended["id"], &expired["id"]), (&json!(c), &json!(a)));
        assert_eq!(ended["object"], "impersonation");
        assert_eq!(ended["status"], "ended");
        let actor =
            json!({ "iss": "https://dashboard.example", "sub": "admin_2", "kind": "human" });
        assert_eq!(ended["actor"], actor, "{mount:?}");
        assert_eq!(expired["reason"], "invoice 7 is wrong");
        assert_eq!(expired["created_at"], 1_795_590_000_000_u64);

        let page = record.ask(server, "nobody", "/me/impersonations").await;
        assert_eq!(
            page.json(),
            json!({ "data": [], "next_cursor": null }),
            "{mount:?}"
        );

        let server = record.serve_in(mount, Around::Required(other.verifier()));
        let token = other.direct("user_1");
        let page = get(server, "/admin/me/impersonations", Some(&token))
            .await
            .json();
        assert_eq!(page["data"][0]["id"], json!(foreign), "{mount:?}");
        assert_eq!(page["data"].as_array().unwrap().len(), 1, "{mount:?}");
    }
}
