use serde_json::json;

use crate::support::{Mount, Site, act, redeem, start, stop, whoami};

const IMPERSONATION: &str = "__Host-actas-impersonation";
const START: &str = "__Host-actas-start";

#[tokio::test]
async fn an_admin_acts_as_a_user_and_is_himself_again() {
    for (mount, site) in Site::each().await {
        let mut admin = site.browser("admin_1");
        let own = admin.cookie("__session").unwrap().to_owned();

        let start = start(&mut admin, "user_1").await;
        assert_eq!(start["object"], "impersonation_start", "{mount:?}");
        assert!(admin.cookie(START).is_some(), "{mount:?}");
        // Nothing has changed yet.
        let himself = json!({ "user_id": "admin_1", "actor": null });
        assert_eq!(whoami(&mut admin).await, himself, "{mount:?}");

        let redeemed = redeem(&mut admin, &start).await;
        assert_eq!(redeemed.status, 200, "{mount:?}");
        let impersonation = redeemed.json();
        assert_eq!(impersonation["user_id"], "user_1");
        assert_eq!(impersonation["id"], start["id"]);
        assert_eq!(impersonation["expire_at"], start["expire_at"]);
        // The binding has served; the token is in the cookie alone.
        assert_eq!(admin.cookie(START), None);
        let token = admin.cookie(IMPERSONATION).unwrap();
        assert!(!redeemed.text().contains(token));
        let acting = json!({ "user_id": "user_1", "actor": "admin_1" });
        assert_eq!(whoami(&mut admin).await, acting, "{mount:?}");
        assert_eq!(admin.cookie("__session"), Some(&*own));

        let id = start["id"].as_str().unwrap();
        let stopped = stop(&mut admin).await;
        assert_eq!(stopped.status, 200, "{mount:?}");
        let expected = json!({
            "object": "impersonation_stop", "found": "session", "recorded": true, "provider": null,
        });
        assert_eq!(stopped.json(), expected, "{mount:?}");
        assert_eq!(admin.cookie(IMPERSONATION), None);
        assert_eq!(whoami(&mut admin).await, himself, "{mount:?}");
        let recorded = site.recorded(id).await.unwrap();
        assert_eq!(recorded.end_reason.as_deref(), Some("stopped"));
        assert!(recorded.requests >= 1, "{mount:?}");

        let again = stop(&mut admin).await.json();
        assert_eq!(again["found"], "nothing", "{mount:?}");
    }
}

#[tokio::test]
async fn whoever_acts_as_another_stops_first() {
    for (mount, site) in Site::each().await {
        let mut admin = site.browser("admin_1");
        let id = act(&mut admin, "user_1").await;
        for (path, body) in [
            (
                "",
                json!({ "user_id": "user_2", "reason": "another of his users" }),
            ),
            ("/redeem", json!({ "ticket": "x" })),
            (
                "/revoke",
                json!({ "what": "everything", "reason": "there was an incident" }),
            ),
            (&format!("/{id}/approve"), json!({})),
            (&format!("/{id}/collect"), json!({})),
        ] {
            let path = format!("/support/impersonations{path}");
            let answer = admin.post(&path, &body).await;
            assert_eq!(answer.status, 409, "{mount:?} {path}");
            assert_eq!(answer.json()["code"], "stop_impersonation_first", "{path}");
        }
        // What the user alone may do is nothing that stopping helps with.
        let until = json!({ "until": 1_800_000_000_000_i64 });
        for answer in [
            admin.get("/support/me/consent").await,
            admin.post("/support/me/consent", &until).await,
            admin.post("/support/me/consent/withdraw", &json!({})).await,
        ] {
            assert_eq!(answer.status, 403, "{mount:?}");
            assert_eq!(answer.json()["code"], "impersonation_denied");
        }
        // Each is recorded as refused; the last of them once its answer is there.
        let mut recorded = site.recorded(&id).await.unwrap();
        for _ in 0..1000 {
            if recorded.refusals == 8 {
                break;
            }
            recorded = site.recorded(&id).await.unwrap();
        }
        assert_eq!((recorded.requests, recorded.refusals), (8, 8), "{mount:?}");
    }
}

#[tokio::test]
async fn cookies_are_insecure_on_loopback_alone() {
    let site = Site::of(
        Mount::Axum,
        "http://localhost:3000",
        actas_issuer::ImpersonationsBuilder::insecure_cookies_on_loopback,
        |routes| routes,
    )
    .await;
    let mut admin = site.browser("admin_1");
    act(&mut admin, "user_1").await;
    assert!(admin.cookie("actas-impersonation").is_some());
    assert_eq!(admin.cookie(IMPERSONATION), None);
    assert_eq!(whoami(&mut admin).await["actor"], "admin_1");
    let stopped = stop(&mut admin).await;
    assert_eq!(stopped.json()["found"], "session");
    assert_eq!(admin.cookie("actas-impersonation"), None);
    assert_eq!(whoami(&mut admin).await["user_id"], "admin_1");
}
