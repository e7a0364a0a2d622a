use axum::body::Body;
use serde_json::json;

use crate::support::{Answer, Browser, Mount, Site, act, request, send, stop, whoami};

const IMPERSONATION: &str = "__Host-actas-impersonation";
const STOP: &str = "/support/impersonations/current/stop";

/// A stop found this, and the browser has nothing left.
fn assert_stopped(answer: &Answer, browser: &Browser, found: &str, recorded: bool) {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["found"], found, "{body}");
    assert_eq!(body["recorded"], recorded, "{body}");
    assert_eq!(browser.cookie(IMPERSONATION), None);
}

#[tokio::test]
async fn what_has_ended_is_stopped() {
    for (mount, site) in Site::each().await {
        // By the clock.
        let mut admin = site.browser("admin_1");
        act(&mut admin, "user_1").await;
        site.clock.forward(31 * 60);
        let ended = whoami(&mut admin).await;
        assert_eq!(ended["code"], "impersonation_ended", "{mount:?}");
        let stopped = stop(&mut admin).await;
        assert_eq!(stopped.json()["found"], "session", "{mount:?}");
        assert_eq!(admin.cookie(IMPERSONATION), None);
        assert_eq!(whoami(&mut admin).await["user_id"], "admin_1", "{mount:?}");

        // By a revocation.
        let id = act(&mut admin, "user_2").await;
        let everything = json!({ "what": "everything", "reason": "there was an incident" });
        let revoke = "/support/impersonations/revoke";
        let revoked = site.browser("boss").post(revoke, &everything).await;
        assert_eq!(revoked.status, 200, "{mount:?} {revoked:?}");
        let ended = whoami(&mut admin).await;
        assert_eq!(ended["code"], "impersonation_ended", "{mount:?}");
        let stopped = stop(&mut admin).await;
        assert_stopped(&stopped, &admin, "session", true);
        let recorded = site.recorded(&id).await.unwrap();
        assert_eq!(recorded.end_reason.as_deref(), Some("revoked"), "{mount:?}");
    }
}

#[tokio::test]
async fn a_cookie_that_nobody_can_verify_is_deleted() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        for broken in ["", "x", "a.b.c", "a b", "é"] {
            admin.put(IMPERSONATION, broken);
            let stopped = stop(&mut admin).await;
            assert_stopped(&stopped, &admin, "unverified", false);
        }
        act(&mut admin, "user_1").await;
        let token = admin.cookie(IMPERSONATION).unwrap().to_owned();
        let mut other = Site::new(mount).await.browser("admin_1");
        other.put(IMPERSONATION, token);
        let stopped = stop(&mut other).await;
        assert_stopped(&stopped, &other, "unverified", false);
    }
}

#[tokio::test]
async fn a_stop_takes_effect_while_the_record_is_away() {
    for (mount, site) in Site::each().await {
        let mut admin = site.browser("admin_1");
        act(&mut admin, "user_1").await;
        let mut thief = admin.clone();
        site.log.close().await;
        site.impersonations.close().await;
        let stopped = stop(&mut admin).await;
        assert_stopped(&stopped, &admin, "session", false);
        assert_eq!(whoami(&mut admin).await["user_id"], "admin_1", "{mount:?}");
        // Whoever has kept the token is refused from memory.
        let ended = whoami(&mut thief).await;
        assert_eq!(ended["code"], "impersonation_ended", "{mount:?}");
    }
}

#[tokio::test]
async fn no_other_site_stops_an_impersonation() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        act(&mut admin, "user_1").await;
        for other in ["cross-site", "same-site"] {
            admin.site = other;
            let answer = admin.submit(STOP, "").await;
            assert_eq!(answer.status, 403, "{mount:?} {other}");
            assert_eq!(answer.json()["code"], "cross_site");
            assert_eq!(answer.header("set-cookie"), "");
        }
        // A browser sends no `Lax` cookie with a form of another site, and takes those of the answer all the same.
        for credentials in ["", "__session=x", "__session=a.b.c"] {
            let stop = request("POST", STOP)
                .header("sec-fetch-site", "cross-site")
                .header("origin", "https://evil.example")
                .header("cookie", credentials);
            let answer = send(site.server, stop.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 403, "{mount:?} {credentials}");
            assert_eq!(answer.json()["code"], "cross_site");
            assert_eq!(answer.header("set-cookie"), "");
        }
        admin.site = "same-origin";
        assert_eq!(whoami(&mut admin).await["actor"], "admin_1", "{mount:?}");
        // Nor is a page enough that somebody follows a link to.
        let answer = admin.get(STOP).await;
        assert_eq!(answer.status, 405, "{mount:?}");
        assert_eq!(answer.header("allow"), "POST");
        assert_eq!(whoami(&mut admin).await["actor"], "admin_1", "{mount:?}");
    }
}

#[tokio::test]
async fn no_body_keeps_a_stop_from_stopping() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        for (media_type, body, location) in [
            (None, String::new(), None),
            (Some("text/plain"), "x".repeat(9), None),
            (Some("application/json"), "{".to_owned(), None),
            (Some("application/json"), "x".repeat(20 * 1024), None),
            (
                Some("application/x-www-form-urlencoded"),
                "x".repeat(20 * 1024),
                None,
            ),
            (
                Some("application/x-www-form-urlencoded"),
                "csrf=1&return_to=%2Fusers%2F7%3Fa%3Db".to_owned(),
                Some("/users/7?a=b"),
            ),
            (
                Some("application/x-www-form-urlencoded"),
                "return_to=%2F%2Fevil.example".to_owned(),
                None,
            ),
        ] {
            let id = act(&mut admin, "user_1").await;
            let answer = admin.ask("POST", STOP, media_type, Body::from(body)).await;
            assert_eq!(answer.header("location"), location.unwrap_or_default());
            if location.is_some() {
                assert_eq!(answer.status, 303, "{mount:?}");
            } else {
                assert_stopped(&answer, &admin, "session", true);
            }
            assert_eq!(admin.cookie(IMPERSONATION), None, "{mount:?}");
            assert!(site.recorded(&id).await.unwrap().ended_at.is_some());
        }
    }
}

#[tokio::test]
async fn a_token_is_stopped_as_a_cookie_is() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        let id = act(&mut admin, "user_1").await;
        let token = admin.cookie(IMPERSONATION).unwrap();
        let with_token = || {
            let stop = request("POST", STOP).header("authorization", format!("Bearer {token}"));
            send(site.server, stop.body(Body::empty()).unwrap())
        };
        assert_eq!(with_token().await.json()["found"], "session", "{mount:?}");
        assert!(site.recorded(&id).await.unwrap().ended_at.is_some());
        assert_eq!(with_token().await.json()["recorded"], true, "{mount:?}");

        // Nobody acts in the admin's own session: nothing ends.
        let own = format!("Bearer {}", site.token("admin_1"));
        let stop = request("POST", STOP).header("authorization", own);
        let answer = send(site.server, stop.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.json()["found"], "nothing", "{mount:?}");
    }
}
