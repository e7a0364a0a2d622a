//! An exchange is a start like any other: on SQLite, and on a PostgreSQL cluster of the tests' own.

use std::time::Duration;

use actas_audit::{Revocation, SessionStatus};
use actas_issuer::{Approval, Consent, ImpersonationsBuilder};
use serde_json::json;

use crate::support::{Answer, Ask, Endpoint};

async fn refused(endpoint: &Endpoint, ask: &Ask, status: u16, description: &str) -> Answer {
    let answer = endpoint.ask(ask).await;
    assert_eq!(answer.status, status, "{}", answer.text);
    let described = answer.text("error_description");
    assert!(described.contains(description), "{described}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_recorded_before_there_is_a_token() {
    for endpoint in Endpoint::on_both_engines(|builder| builder).await {
        let ask = endpoint.good().add("ticket", "HELP-712");
        let answer = endpoint.ask(&ask).await;
        let recorded = endpoint.recorded().await;
        let [session] = &recorded[..] else {
            panic!("{recorded:?}");
        };
        assert_eq!(
            (session.user_id.as_str(), session.actor_subject.as_str()),
            ("user_1", "admin_1")
        );
        assert_eq!(
            session.reason.as_deref(),
            Some("the export of invoices fails")
        );
        assert_eq!(session.ticket.as_deref(), Some("HELP-712"));
        assert_eq!(session.authorized_party.as_deref(), Some("export"));
        assert_eq!(session.requests, 0);

        // What is done with the token belongs to it, and so does its exchange for another.
        let again = endpoint
            .good()
            .set("subject_token", answer.text("access_token"))
            .set("actor_token", &endpoint.issuer.session("admin_2").token());
        assert_eq!(endpoint.ask(&again).await.status, 200);
        let recorded = endpoint.recorded().await;
        assert_eq!(recorded.len(), 2, "{recorded:?}");
        let of = |actor: &str| {
            recorded
                .iter()
                .find(|session| session.actor_subject == actor)
                .unwrap()
        };
        assert_eq!((of("admin_1").requests, of("admin_2").requests), (1, 0));
        let act: serde_json::Value = serde_json::from_str(&of("admin_2").actor).unwrap();
        assert_eq!(act["act"]["sub"], "admin_1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_is_no_subject_any_longer() {
    for endpoint in Endpoint::on_both_engines(|builder| builder).await {
        let answer = endpoint.ask(&endpoint.good()).await;
        let ask = endpoint
            .good()
            .set("subject_token", answer.text("access_token"));
        assert_eq!(endpoint.ask(&ask).await.status, 200);
        let all = endpoint
            .log
            .revoke(&Revocation::Everything, None, "an incident");
        all.await.unwrap();
        refused(&endpoint, &ask, 400, "the impersonation has ended").await;
        let recorded = endpoint.recorded().await;
        assert!(
            recorded
                .iter()
                .all(|session| session.status == SessionStatus::Revoked)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limits_hold() {
    for endpoint in Endpoint::on_both_engines(|builder| builder.with_starts_per_hour(2)).await {
        for _ in 0..2 {
            assert_eq!(endpoint.ask(&endpoint.good()).await.status, 200);
        }
        let answer = refused(&endpoint, &endpoint.good(), 429, "too often").await;
        let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((3500..=3600).contains(&seconds));
        assert_eq!(endpoint.recorded().await.len(), 2);
    }
    for endpoint in Endpoint::on_both_engines(|builder| builder.with_concurrent_sessions(1)).await {
        assert_eq!(endpoint.ask(&endpoint.good()).await.status, 200);
        refused(&endpoint, &endpoint.good(), 429, "as many sessions").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn may_act_is_consent() {
    for endpoint in
        Endpoint::on_both_engines(|builder| builder.with_consent(Consent::OnRecord)).await
    {
        refused(&endpoint, &endpoint.good(), 400, "has not agreed").await;
        let user = endpoint.issuer.session("user_1");
        let named = user.with_claim("may_act", json!({"sub": "admin_1"}));
        let ask = endpoint.good().set("subject_token", &named.token());
        assert_eq!(endpoint.ask(&ask).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_approved_is_not_exchanged() {
    let set = |builder: ImpersonationsBuilder| builder.with_approval(Approval::SecondPerson);
    for endpoint in Endpoint::on_both_engines(set).await {
        refused(&endpoint, &endpoint.good(), 400, "second person").await;
        assert!(endpoint.recorded().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_record_there_is_no_token() {
    for endpoint in Endpoint::on_both_engines(|builder| builder).await {
        endpoint.log.close().await;
        let answer = refused(&endpoint, &endpoint.good(), 503, "cannot be decided").await;
        assert_eq!(answer.text("error"), "temporarily_unavailable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_can_have_to_be_fresh() {
    let set = |builder: ImpersonationsBuilder| builder.with_fresh_login(Duration::from_mins(10));
    for endpoint in Endpoint::on_both_engines(set).await {
        refused(&endpoint, &endpoint.good(), 400, "sign-in was too long ago").await;
        let admin = endpoint
            .issuer
            .session("admin_1")
            .with_factor_age(Some(1), None);
        let ask = endpoint.good().set("actor_token", &admin.token());
        assert_eq!(endpoint.ask(&ask).await.status, 200);
    }
}
