use actas_issuer::StartError;
use futures_util::future::join_all;

use crate::engine::Engine;
use crate::node::Node;

/// What becomes of so many starts of one admin at once, half of them on each node.
async fn burst(engine: &Engine, nodes: &[Node; 2], starts: usize) -> Vec<Result<(), StartError>> {
    let admin = engine.direct("admin_1");
    let starts = (0..starts).map(|number| {
        let (node, admin) = (nodes[number % 2].clone(), admin.clone());
        tokio::spawn(async move { node.start(&admin, "user_1").await.map(drop) })
    });
    let outcomes = join_all(starts).await;
    outcomes.into_iter().map(Result::unwrap).collect()
}

pub(crate) async fn a_burst_stays_within_the_starts_of_an_hour(engine: &Engine) {
    let set = |builder: actas_issuer::ImpersonationsBuilder| {
        builder
            .with_starts_per_hour(5)
            .with_concurrent_sessions(100)
    };
    let nodes = [engine.node_with(set).await, engine.node_with(set).await];
    let outcomes = burst(engine, &nodes, 40).await;
    let refused = Err(StartError::TooManyStarts { retry_after: 3600 });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5);
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == refused)
            .count(),
        35
    );
    assert_eq!(nodes[0].all_recorded().await.len(), 5);

    // Another has a limit of their own, and an hour passes.
    nodes[0]
        .start(&engine.direct("admin_2"), "user_1")
        .await
        .unwrap();
    engine.clock.forward(3599);
    let refused = Err(StartError::TooManyStarts { retry_after: 1 });
    let admin = engine.direct("admin_1");
    assert_eq!(nodes[1].start(&admin, "user_1").await.map(drop), refused);
    engine.clock.forward(1);
    nodes[1].start(&admin, "user_1").await.unwrap();
}

pub(crate) async fn a_burst_stays_within_the_sessions_at_a_time(engine: &Engine) {
    let set = |builder: actas_issuer::ImpersonationsBuilder| {
        builder
            .with_concurrent_sessions(3)
            .with_starts_per_hour(100)
    };
    let nodes = [engine.node_with(set).await, engine.node_with(set).await];
    let outcomes = burst(engine, &nodes, 40).await;
    let refused = Err(StartError::TooManySessions);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == refused)
            .count(),
        37
    );
}

pub(crate) async fn a_session_that_has_ended_counts_no_longer(engine: &Engine) {
    let node = engine.node().await;
    let admin = engine.direct("admin_1");
    let is_refused = async || {
        let refused = node.start(&admin, "user_2").await.map(drop);
        assert_eq!(refused, Err(StartError::TooManySessions));
    };
    // A ticket that runs out.
    node.start(&admin, "user_1").await.unwrap();
    is_refused().await;
    engine.clock.forward(60);

    // One that is stopped.
    let redeemed = node.begin(&admin, "user_1").await;
    node.request(&redeemed.token).await.unwrap();
    engine.clock.forward(61);
    is_refused().await;
    node.impersonations
        .stop(&node.to_end(&redeemed.token))
        .await;

    // One that is left idle, which the record knows.
    node.begin(&admin, "user_1").await;
    engine.clock.forward(600);
    is_refused().await;
    engine.clock.forward(1);

    // One that is over, whatever the record says.
    node.begin(&admin, "user_1").await;
}
