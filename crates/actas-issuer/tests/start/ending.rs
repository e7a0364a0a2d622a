use actas_core::ErrorKind;
use actas_issuer::{RedeemError, Revocation, RevokeError, User};

use crate::engine::{Engine, ISSUER};
use crate::node::Node;
use crate::rules::Broken;

async fn has_ended(node: &Node, token: &str) {
    let refused = node.request(token).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ImpersonationEnded);
}

pub(crate) async fn a_stop_works_twice_and_after_expiry(engine: &Engine) {
    let nodes = [engine.node().await, engine.node().await];
    let admin = engine.direct("admin_1");
    let redeemed = nodes[0].begin(&admin, "user_1").await;
    nodes[1].request(&redeemed.token).await.unwrap();
    let ended = nodes[0].to_end(&redeemed.token);
    for node in [&nodes[0], &nodes[0], &nodes[1]] {
        assert!(node.impersonations.stop(&ended).await.recorded);
        has_ended(node, &redeemed.token).await;
    }
    let recorded = nodes[0].recorded(redeemed.session).await.unwrap();
    assert_eq!(recorded.end_reason.as_deref(), Some("stopped"));

    let late = nodes[0].begin(&admin, "user_1").await;
    engine.clock.forward(7200);
    let ended = nodes[0].to_end(&late.token);
    assert!(nodes[0].impersonations.stop(&ended).await.recorded);

    // While the record is away, it has taken effect, and is told later.
    let away = nodes[0].begin(&engine.direct("admin_1"), "user_1").await;
    let held = engine.hold_record().await;
    let ended = nodes[0].to_end(&away.token);
    assert!(!nodes[0].impersonations.stop(&ended).await.recorded);
    has_ended(&nodes[0], &away.token).await;
    held.release().await;
    nodes[0].log.sweep().await.unwrap();
    has_ended(&nodes[1], &away.token).await;
}

pub(crate) async fn the_policy_ends_what_may_not_go_on(engine: &Engine) {
    let nodes = [engine.node().await, engine.node().await];
    let one = nodes[0].begin(&engine.direct("admin_1"), "user_1").await;
    let two = nodes[0].begin(&engine.direct("admin_2"), "user_2").await;
    for token in [&one.token, &two.token] {
        nodes[0].request(token).await.unwrap();
    }
    nodes[1].impersonations.recheck().await.unwrap();
    // An admin who has left, and later a user who was promoted.
    engine
        .directory
        .put("admin_1", User::new(["support"]).disabled());
    nodes[1].impersonations.recheck().await.unwrap();
    has_ended(&nodes[0], &one.token).await;
    nodes[0].request(&two.token).await.unwrap();
    engine.directory.put("user_2", User::new(["boss"]));
    nodes[1].impersonations.recheck().await.unwrap();
    has_ended(&nodes[0], &two.token).await;
    let recorded = nodes[0].recorded(two.session).await.unwrap();
    assert_eq!(recorded.status.name(), "revoked");
}

pub(crate) async fn a_policy_that_breaks_over_one_session_ends_others(engine: &Engine) {
    let node = engine.node_of(|builder| builder, Broken).await;
    let mut begun = Vec::new();
    // Whichever is asked about first.
    for (actor, user_id) in [
        ("admin_2", "user_2"),
        ("admin_1", "user_1"),
        ("admin_3", "user_3"),
        ("admin_4", "user_4"),
    ] {
        begun.push(node.begin(&engine.direct(actor), user_id).await);
    }
    node.impersonations.recheck().await.unwrap();
    for (number, redeemed) in begun.iter().enumerate() {
        if number == 1 {
            node.request(&redeemed.token).await.unwrap();
        } else {
            has_ended(&node, &redeemed.token).await;
        }
    }
}

pub(crate) async fn a_revocation_ends_sessions_and_tickets(engine: &Engine) {
    let set = |builder: actas_issuer::ImpersonationsBuilder| builder.with_concurrent_sessions(9);
    let node = engine.node_with(set).await;
    let (boss, lead) = (engine.direct("boss_1"), engine.direct("lead_1"));
    let admin = engine.direct("admin_1");
    let own = |subject: &str| Revocation::Actor {
        issuer: admin.issuer.to_string(),
        subject: subject.to_owned(),
    };
    let reason = "they have left the company";
    let revoke = async |who, what| node.impersonations.revoke(who, &what, reason).await;
    assert_eq!(
        revoke(&lead, own("admin_1")).await,
        Err(RevokeError::Refused)
    );
    let far = User::new(["boss"]).with_organization("org_far");
    engine.directory.put("boss_1", far);
    let refused = revoke(&boss, Revocation::Everything).await;
    assert_eq!(refused, Err(RevokeError::Refused), "of one organisation");
    engine.directory.put("boss_1", User::new(["boss"]));
    let what = own("admin_1");
    let short = node.impersonations.revoke(&boss, &what, "left");
    assert_eq!(short.await, Err(RevokeError::Reason));

    for (what, others) in [
        (own("admin_1"), Some(("admin_2", "user_1"))),
        (
            Revocation::User {
                issuer: ISSUER.to_owned(),
                user_id: "user_1".to_owned(),
            },
            Some(("admin_1", "user_2")),
        ),
        (Revocation::Everything, None),
    ] {
        engine.clock.forward(1);
        let redeemed = node.begin(&admin, "user_1").await;
        node.request(&redeemed.token).await.unwrap();
        let waiting = node.start(&admin, "user_1").await.unwrap();
        let mut others_token = None;
        if let Some((actor, user_id)) = others {
            let begun = node.begin(&engine.direct(actor), user_id).await;
            node.request(&begun.token).await.unwrap();
            others_token = Some(begun.token);
        }
        assert_eq!(revoke(&boss, what).await, Ok(()));
        has_ended(&node, &redeemed.token).await;
        let refused = node
            .impersonations
            .redeem(&admin, &waiting.ticket, &waiting.binding);
        assert_eq!(refused.await.map(drop).unwrap_err(), RedeemError::Refused);
        if let Some(token) = others_token {
            node.request(&token).await.unwrap();
        }
    }

    let redeemed = node.begin(&admin, "user_1").await;
    let session = node.to_end(&redeemed.token);
    let (issuer, session_key) = (session.issuer, session.session);
    let what = Revocation::Session {
        issuer,
        session_key,
    };
    assert_eq!(revoke(&boss, what).await, Ok(()));
    has_ended(&node, &redeemed.token).await;
}

pub(crate) async fn what_nobody_fetches_ends(engine: &Engine) {
    let node = engine.node().await;
    let given = node
        .start(&engine.direct("admin_1"), "user_1")
        .await
        .unwrap();
    engine.clock.forward(59);
    node.impersonations.recheck().await.unwrap();
    let status = async || node.recorded(given.session).await.unwrap();
    assert_eq!(status().await.status.name(), "active");
    engine.clock.forward(1);
    node.impersonations.recheck().await.unwrap();
    assert_eq!(status().await.end_reason.as_deref(), Some("not_redeemed"));
}

pub(crate) async fn old_rows_are_removed(engine: &Engine) {
    let node = engine.node().await;
    let user = engine.direct("user_1");
    let until = engine.clock.seconds() + 1800;
    node.impersonations
        .give_consent(&user, until)
        .await
        .unwrap();
    node.begin(&engine.direct("admin_1"), "user_1").await;
    let rows = async || {
        let mut rows = Vec::new();
        for table in ["starts", "tickets", "consents"] {
            rows.push(
                engine
                    .number(&format!("SELECT COUNT(*) FROM {table}"))
                    .await,
            );
        }
        rows
    };
    engine.clock.forward(1800 + 86_400);
    node.impersonations.recheck().await.unwrap();
    assert_eq!(rows().await, [1, 1, 1]);
    engine.clock.forward(1);
    node.impersonations.recheck().await.unwrap();
    assert_eq!(rows().await, [0, 0, 0]);
}
