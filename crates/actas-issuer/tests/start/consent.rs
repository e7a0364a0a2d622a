use actas_core::ErrorKind;
use actas_issuer::{Consent, RedeemError, StartError};

use crate::engine::Engine;
use crate::node::Node;

async fn node(engine: &Engine) -> Node {
    let set = |builder: actas_issuer::ImpersonationsBuilder| {
        builder
            .with_consent(Consent::OnRecord)
            .with_concurrent_sessions(3)
    };
    engine.node_with(set).await
}

pub(crate) async fn nothing_starts_without_consent(engine: &Engine) {
    let node = node(engine).await;
    let (admin, user) = (engine.direct("admin_1"), engine.direct("user_1"));
    let start = async |user_id| node.start(&admin, user_id).await.map(drop);
    assert_eq!(node.impersonations.consent(&user).await, Ok(None));
    assert_eq!(start("user_1").await, Err(StartError::NoConsent));
    // Whom the policy refuses is told nothing of it.
    assert_eq!(start("nobody").await, Err(StartError::Refused));

    let until = engine.clock.seconds() + 3600;
    let given = node
        .impersonations
        .give_consent(&user, until)
        .await
        .unwrap();
    assert_eq!(node.impersonations.consent(&user).await, Ok(Some(given)));
    assert_eq!(start("user_1").await, Ok(()));
    assert_eq!(start("user_2").await, Err(StartError::NoConsent));
    engine.clock.forward(3600);
    assert_eq!(start("user_1").await, Err(StartError::NoConsent));
}

pub(crate) async fn withdrawing_ends_what_runs_on_it(engine: &Engine) {
    let nodes = [node(engine).await, node(engine).await];
    let (admin, user) = (engine.direct("admin_1"), engine.direct("user_1"));
    let until = engine.clock.seconds() + 86_400;
    for user in ["user_1", "user_2"] {
        let user = engine.direct(user);
        nodes[0]
            .impersonations
            .give_consent(&user, until)
            .await
            .unwrap();
    }
    let redeemed = nodes[0].begin(&admin, "user_1").await;
    let waiting = nodes[0].start(&admin, "user_1").await.unwrap();
    let others = nodes[0].begin(&admin, "user_2").await;
    nodes[1].request(&redeemed.token).await.unwrap();

    let withdrawn = nodes[1].impersonations.withdraw_consent(&user).await;
    assert!(withdrawn.unwrap().recorded);
    let refused = nodes[0].request(&redeemed.token).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ImpersonationEnded);
    let refused = nodes[0]
        .impersonations
        .redeem(&admin, &waiting.ticket, &waiting.binding)
        .await;
    assert_eq!(refused.map(drop).unwrap_err(), RedeemError::Refused);
    let refused = nodes[0].start(&admin, "user_1").await.map(drop);
    assert_eq!(refused, Err(StartError::NoConsent));
    for session in [redeemed.session, waiting.session] {
        let recorded = nodes[0].recorded(session).await.unwrap();
        assert_eq!(recorded.end_reason.as_deref(), Some("consent_withdrawn"));
    }
    nodes[0].request(&others.token).await.unwrap();
    let consent = nodes[0].impersonations.consent(&user).await.unwrap();
    assert_eq!(consent.unwrap().withdrawn_at, Some(engine.clock.seconds()));
}

pub(crate) async fn no_start_slips_past_a_withdrawal(engine: &Engine) {
    let set = |builder: actas_issuer::ImpersonationsBuilder| {
        builder
            .with_consent(Consent::OnRecord)
            .with_concurrent_sessions(99)
            .with_starts_per_hour(99)
    };
    let nodes = [engine.node_with(set).await, engine.node_with(set).await];
    let (admin, user) = (engine.direct("admin_1"), engine.direct("user_1"));
    let until = engine.clock.seconds() + 3600;
    for _ in 0..15 {
        let consent = nodes[0].impersonations.give_consent(&user, until);
        consent.await.unwrap();
        let (started, withdrawn) = tokio::join!(
            nodes[0].start(&admin, "user_1"),
            nodes[1].impersonations.withdraw_consent(&user)
        );
        withdrawn.unwrap();
        if let Ok(given) = started {
            let redeemed = nodes[0]
                .impersonations
                .redeem(&admin, &given.ticket, &given.binding);
            assert_eq!(redeemed.await.map(drop).unwrap_err(), RedeemError::Refused);
        }
    }
    nodes[0].impersonations.recheck().await.unwrap();
    for session in nodes[0].all_recorded().await {
        assert_eq!(session.end_reason.as_deref(), Some("consent_withdrawn"));
    }
}

pub(crate) async fn what_runs_ends_with_the_consent(engine: &Engine) {
    let node = node(engine).await;
    let (admin, user) = (engine.direct("admin_1"), engine.direct("user_1"));
    let give = async |seconds| {
        let until = engine.clock.seconds() + seconds;
        node.impersonations
            .give_consent(&user, until)
            .await
            .unwrap()
    };
    // It runs out, or the user makes it shorter.
    for shorter in [None, Some(0)] {
        give(60).await;
        let redeemed = node.begin(&admin, "user_1").await;
        node.impersonations.recheck().await.unwrap();
        node.request(&redeemed.token).await.unwrap();
        match shorter {
            None => engine.clock.forward(60),
            Some(seconds) => drop(give(seconds).await),
        }
        node.impersonations.recheck().await.unwrap();
        let refused = node.request(&redeemed.token).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ImpersonationEnded);
        let recorded = node.recorded(redeemed.session).await.unwrap();
        assert_eq!(recorded.end_reason.as_deref(), Some("consent_expired"));
    }
}
