use actas_issuer::Consent;
use serde_json::{Value, json};

use crate::support::{Mount, START, Site, act, wanted, whoami};

#[tokio::test]
async fn a_user_agrees_and_takes_it_back() {
    for mount in Mount::ALL {
        let site = Site::with(mount, |builder| builder.with_consent(Consent::OnRecord)).await;
        let mut admin = site.browser("admin_1");
        let mut user = site.browser("user_1");
        let answer = admin
            .post("/support/impersonations", &wanted("user_1"))
            .await;
        assert_eq!(answer.status, 403, "{mount:?}");
        assert_eq!(answer.json()["code"], "consent_required");
        // To whoever may not act as the user, nothing is told of it.
        let answer = site
            .browser("user_2")
            .post("/support/impersonations", &wanted("user_1"))
            .await;
        assert_eq!(answer.json()["code"], "start_refused");

        let consent = user.get("/support/me/consent").await.json();
        assert_eq!(consent["given_at"], Value::Null, "{mount:?}");
        let now = i64::try_from(START).unwrap() * 1000;
        let until = now + 3_600_000;
        let given = user
            .post("/support/me/consent", &json!({ "until": until }))
            .await;
        assert_eq!(given.status, 200, "{mount:?} {given:?}");
        let expected = json!({
            "object": "impersonation_consent", "given_at": now, "until": until, "withdrawn_at": null,
        });
        assert_eq!(given.json(), expected, "{mount:?}");
        assert_eq!(user.get("/support/me/consent").await.json(), expected);

        let id = act(&mut admin, "user_1").await;
        assert_eq!(whoami(&mut admin).await["actor"], "admin_1", "{mount:?}");
        let withdrawn = user.submit("/support/me/consent/withdraw", "").await;
        assert_eq!(withdrawn.status, 200, "{mount:?} {withdrawn:?}");
        assert_eq!(withdrawn.json()["recorded"], true);
        assert_eq!(
            whoami(&mut admin).await["code"],
            "impersonation_ended",
            "{mount:?}"
        );
        let recorded = site.recorded(&id).await.unwrap();
        assert_eq!(recorded.end_reason.as_deref(), Some("consent_withdrawn"));
        let consent = user.get("/support/me/consent").await.json();
        assert_eq!(consent["withdrawn_at"], now, "{mount:?}");
    }
}
