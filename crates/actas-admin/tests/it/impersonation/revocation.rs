use serde_json::{Value, json};

use crate::support::{ISSUER, Mount, Site, act, whoami};

const REVOKE: &str = "/support/impersonations/revoke";
const WHY: &str = "there was an incident";

#[tokio::test]
async fn what_is_named_is_revoked_and_nothing_else() {
    for (mount, site) in Site::each().await {
        let mut boss = site.browser("boss");
        for what in ["session", "actor", "user", "everything"] {
            let mut admin = site.browser("admin_1");
            let mut other = site.browser("admin_2");
            let id = act(&mut admin, "user_1").await;
            let other_id = act(&mut other, "user_2").await;
            let session_id = site.recorded(&id).await.unwrap().session_id;
            let body = match what {
                "session" => json!({ "issuer": ISSUER, "session_id": session_id }),
                "actor" => json!({ "issuer": ISSUER, "subject": "admin_1" }),
                "user" => json!({ "issuer": ISSUER, "user_id": "user_1" }),
                _ => json!({}),
            };
            let mut body = body;
            body["what"] = what.into();
            body["reason"] = WHY.into();
            let answer = boss.post(REVOKE, &body).await;
            assert_eq!(answer.status, 200, "{mount:?} {what} {answer:?}");
            let expected = json!({ "object": "impersonation_revocation", "provider": null });
            assert_eq!(answer.json(), expected);
            assert_eq!(
                whoami(&mut admin).await["code"],
                "impersonation_ended",
                "{what}"
            );
            let goes_on = whoami(&mut other).await["user_id"] == "user_2";
            assert_eq!(goes_on, what != "everything", "{mount:?} {what}");
            let recorded = site.recorded(&other_id).await.unwrap();
            assert_eq!(recorded.ended_at.is_none(), goes_on);
            crate::support::stop(&mut other).await;
            // What is revoked is so from a moment on: later sessions are the policy's to refuse.
            site.clock.forward(60);
        }
    }
}

#[tokio::test]
async fn a_form_revokes_as_well() {
    let site = Site::new(Mount::Axum).await;
    let mut admin = site.browser("admin_1");
    act(&mut admin, "user_1").await;
    let form = "what=everything&reason=there+was+an+incident&return_to=/incidents";
    let answer = site.browser("boss").submit(REVOKE, form).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(whoami(&mut admin).await["code"], "impersonation_ended");
}

#[tokio::test]
async fn who_may_not_revokes_nothing() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        act(&mut admin, "user_1").await;
        let everything = json!({ "what": "everything", "reason": WHY });
        let answer = site.browser("admin_2").post(REVOKE, &everything).await;
        assert_eq!(answer.status, 403, "{mount:?}");
        assert_eq!(answer.json()["code"], "revocation_refused");
        for wrong in [
            json!({ "what": "everything", "reason": "short" }),
            json!({ "what": "everything" }),
            json!({ "what": "all", "reason": WHY }),
            json!({ "reason": WHY }),
            json!({ "what": "user", "user_id": "user_1", "reason": WHY }),
            json!({ "what": "everything", "user_id": "user_1", "reason": WHY }),
            Value::Null,
        ] {
            let answer = site.browser("boss").post(REVOKE, &wrong).await;
            assert_eq!(answer.status, 400, "{mount:?} {wrong}");
        }
        assert_eq!(whoami(&mut admin).await["actor"], "admin_1", "{mount:?}");
    }
}
