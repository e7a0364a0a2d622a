use actas_issuer::Approval;
use serde_json::{Value, json};

use crate::support::{Mount, REASON, Site, redeem, wanted, whoami};

#[tokio::test]
async fn a_second_person_approves_and_the_first_collects() {
    for mount in Mount::ALL {
        let site = Site::with(mount, |builder| {
            builder.with_approval(Approval::SecondPerson)
        });
        let site = site.await;
        let mut admin = site.browser("admin_1");
        let mut lead = site.browser("lead");
        let answer = admin
            .post("/support/impersonations", &wanted("user_1"))
            .await;
        assert_eq!(answer.status, 202, "{mount:?} {answer:?}");
        assert_eq!(answer.header("set-cookie"), "");
        let waiting = answer.json();
        assert_eq!(waiting["object"], "pending_impersonation_start");
        let id = waiting["id"].as_str().unwrap();
        let approve = format!("/support/impersonations/{id}/approve");
        let collect = format!("/support/impersonations/{id}/collect");

        let answer = admin.post(&collect, &json!({})).await;
        assert_eq!(answer.status, 409, "{mount:?}");
        assert_eq!(answer.json()["code"], "not_approved");
        // Neither the actor, nor who may not, nor one who does not exist.
        let nothing = "/support/impersonations/imp_0/approve";
        for answer in [
            admin.post(&approve, &json!({})).await,
            site.browser("boss").post(&approve, &json!({})).await,
            lead.post(nothing, &json!({})).await,
        ] {
            assert_eq!(answer.status, 403, "{mount:?}");
            assert_eq!(answer.json()["code"], "approval_refused");
        }

        let listed = lead.get("/support/impersonations/pending").await.json();
        let [start] = listed["data"].as_array().unwrap().as_slice() else {
            panic!("{listed}");
        };
        assert_eq!(start["actor_subject"], "admin_1");
        assert_eq!(
            (&start["user_id"], &start["reason"]),
            (&json!("user_1"), &json!(REASON))
        );
        let none = site
            .browser("boss")
            .get("/support/impersonations/pending")
            .await;
        assert_eq!(none.json()["data"], json!([]));

        let answer = lead.submit(&approve, "return_to=/queue").await;
        assert_eq!(answer.status, 303, "{mount:?} {answer:?}");
        let answer = lead.post(&approve, &json!({})).await;
        assert_eq!(answer.status, 409, "{mount:?}");
        assert_eq!(answer.json()["code"], "not_pending");

        let answer = lead.post(&collect, &json!({})).await;
        assert_eq!(answer.json()["code"], "not_approved", "{mount:?}");
        let answer = admin.ask("POST", &collect, None, axum::body::Body::empty());
        let begun = answer.await;
        assert_eq!(begun.status, 201, "{mount:?} {begun:?}");
        assert_eq!(begun.json()["id"], id);
        assert_eq!(redeem(&mut admin, &begun.json()).await.status, 200);
        assert_eq!(whoami(&mut admin).await["actor"], "admin_1");
        assert_ne!(site.recorded(id).await.unwrap().reason, None::<String>);
        let listed = lead.get("/support/impersonations/pending").await.json();
        assert_eq!(listed["data"], Value::Array(Vec::new()), "{mount:?}");
    }
}
