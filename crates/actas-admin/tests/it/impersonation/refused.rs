use actas_admin::Impersonation;
use actas_audit::{AuditScope, SessionQuery};
use axum::body::Body;
use serde_json::{Value, json};

use crate::support::{Answer, Mount, Site, redeem, request, send, start, wanted, whoami};

const START: &str = "/support/impersonations";
const REDEEM: &str = "/support/impersonations/redeem";

fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.json()["code"], code);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn a_user_who_is_missing_is_not_told_from_one_who_must_not_be_acted_as() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        let mut answers = Vec::new();
        for user in ["nobody", "admin_1", "admin_2", "boss"] {
            let answer = admin.post(START, &wanted(user)).await;
            assert_refused(&answer, 403, "start_refused");
            answers.push(answer.body);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{mount:?}");
        let answer = site.browser("user_2").post(START, &wanted("user_1")).await;
        assert_refused(&answer, 403, "start_refused");
        let answer = admin.post(START, &wanted("away")).await;
        assert_refused(&answer, 503, "impersonation_unavailable");
        assert_eq!(answer.header("retry-after"), "5");
    }
}

#[tokio::test]
async fn a_ticket_is_good_once_for_its_actor_and_in_its_browser() {
    for mount in Mount::ALL {
        let site = Site::with(mount, |builder| builder.with_concurrent_sessions(9)).await;
        let mut admin = site.browser("admin_1");
        let begun = start(&mut admin, "user_1").await;
        let mut answers = Vec::new();

        // Another browser of his, somebody else with his cookie, and a ticket that is none.
        answers.push(redeem(&mut site.browser("admin_1"), &begun).await);
        let mut other = site.browser("admin_2");
        other.put(
            "__Host-actas-start",
            admin.cookie("__Host-actas-start").unwrap(),
        );
        answers.push(redeem(&mut other, &begun).await);
        answers.push(redeem(&mut admin, &json!({ "ticket": "x" })).await);

        let mut again = admin.clone();
        assert_eq!(redeem(&mut admin, &begun).await.status, 200, "{mount:?}");
        answers.push(redeem(&mut again, &begun).await);

        let late = start(&mut again, "user_1").await;
        site.clock.forward(60);
        answers.push(redeem(&mut again, &late).await);
        for answer in &answers {
            assert_refused(answer, 403, "ticket_refused");
            assert_eq!(answer.body, answers[0].body, "{mount:?}");
        }
    }
}

#[tokio::test]
async fn no_other_cookie_stands_in_the_way_of_a_ticket() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        // Set by the application, or by a neighbour of this host.
        admin.put("theme", "é");
        let begun = start(&mut admin, "user_1").await;
        assert_eq!(redeem(&mut admin, &begun).await.status, 200, "{mount:?}");
    }
}

#[tokio::test]
async fn too_many_starts_are_told_when_to_come_back() {
    for mount in Mount::ALL {
        let site = Site::with(mount, |builder| builder.with_starts_per_hour(1)).await;
        let mut admin = site.browser("admin_1");
        start(&mut admin, "user_1").await;
        site.clock.forward(60);
        let answer = admin.post(START, &wanted("user_1")).await;
        assert_refused(&answer, 429, "too_many_starts");
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=3600).contains(&seconds), "{seconds}");
    }
    let site = Site::new(Mount::Axum).await;
    let mut admin = site.browser("admin_1");
    let begun = start(&mut admin, "user_1").await;
    assert_eq!(redeem(&mut admin, &begun).await.status, 200);
    let mut elsewhere = site.browser("admin_1");
    let answer = elsewhere.post(START, &wanted("user_2")).await;
    assert_refused(&answer, 409, "too_many_sessions");
}

#[tokio::test]
async fn a_sign_in_can_be_too_old() {
    let fresh = std::time::Duration::from_mins(5);
    let site = Site::with(Mount::Axum, |builder| builder.with_fresh_login(fresh)).await;
    let answer = site.browser("admin_1").post(START, &wanted("user_1")).await;
    assert_refused(&answer, 403, "sign_in_too_old");
}

#[tokio::test]
async fn nothing_starts_for_a_verifier_that_would_not_know_of_it() {
    for (has_cookie, has_record) in [(false, true), (true, false)] {
        let site = Site::set_up(
            Mount::Axum,
            crate::support::ISSUER,
            None,
            |builder| builder,
            |_, log, impersonations, _| {
                let mut verifier = impersonations.issuer().verifier_builder();
                verifier = verifier.with_cookie_names(["__session"]);
                if has_cookie {
                    let name = impersonations.cookies().impersonation_name();
                    verifier = verifier.with_impersonation_cookie(name);
                }
                if has_record {
                    verifier = verifier.with_audit(log.clone());
                }
                Impersonation::new(impersonations, verifier.build().unwrap())
            },
        )
        .await;
        let mut admin = site.browser("admin_1");
        let answer = admin.post(START, &wanted("user_1")).await;
        assert_refused(&answer, 500, "internal_error");
        let ticket = json!({ "ticket": "x" });
        assert_refused(&admin.post(REDEEM, &ticket).await, 500, "internal_error");
        let all = SessionQuery::new(AuditScope::All);
        assert!(site.log.sessions(&all).await.unwrap().items.is_empty());
    }
}

/// Each route that changes something, with a body that it takes.
fn changes() -> Vec<(String, Value)> {
    let id = format!("imp_{}", "0".repeat(32));
    let everything = json!({ "what": "everything", "reason": "there was an incident" });
    [
        ("/impersonations", wanted("user_1")),
        ("/impersonations/redeem", json!({ "ticket": "x" })),
        ("/impersonations/revoke", everything),
        (&format!("/impersonations/{id}/approve"), json!({})),
        (&format!("/impersonations/{id}/collect"), json!({})),
        ("/me/consent", json!({ "until": 1_800_000_000_000_i64 })),
        ("/me/consent/withdraw", json!({})),
    ]
    .map(|(path, body)| (format!("/support{path}"), body))
    .to_vec()
}

#[tokio::test]
async fn no_other_site_changes_anything() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        for (path, body) in changes() {
            for other in ["cross-site", "same-site"] {
                admin.site = other;
                let answer = admin.post(&path, &body).await;
                assert_refused(&answer, 403, "cross_site");
                let answer = admin.submit(&path, "user_id=user_1").await;
                assert_refused(&answer, 403, "cross_site");
            }
        }
        admin.site = "same-origin";
        assert_eq!(whoami(&mut admin).await["actor"], Value::Null);
    }
}

#[tokio::test]
async fn nothing_is_changed_by_a_get_nor_without_a_session() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        for (path, body) in changes() {
            let answer = site.browser("admin_1").get(&path).await;
            if path.ends_with("/me/consent") {
                assert_eq!(answer.status, 200, "{mount:?}");
            } else {
                assert_eq!(answer.status, 405, "{mount:?} {path}");
                assert_eq!(answer.header("allow"), "POST", "{mount:?} {path}");
            }
            assert_eq!(answer.header("cache-control"), "no-store");

            let request = request("POST", &path).header("content-type", "application/json");
            let request = request.body(Body::from(body.to_string())).unwrap();
            let answer = send(site.server, request).await;
            assert_refused(&answer, 401, "missing_credential");
        }
    }
}

#[tokio::test]
async fn nothing_starts_while_a_database_is_away() {
    let site = Site::new(Mount::Axum).await;
    let mut admin = site.browser("admin_1");
    let begun = start(&mut admin, "user_1").await;
    site.log.close().await;
    let mut other = site.browser("admin_2");
    let answer = other.post(START, &wanted("user_2")).await;
    assert_refused(&answer, 503, "impersonation_unavailable");

    site.impersonations.close().await;
    for (path, body) in [
        (START, wanted("user_2")),
        (REDEEM, json!({ "ticket": begun["ticket"] })),
        ("/support/me/consent/withdraw", json!({})),
    ] {
        let answer = admin.post(path, &body).await;
        assert_refused(&answer, 503, "impersonation_unavailable");
    }
}
