use actas_core::Direct;
use actas_issuer::{Binding, RedeemError, Ticket};
use futures_util::future::join_all;

use crate::engine::Engine;
use crate::rules::Slow;

pub(crate) async fn one_of_a_hundred_redemptions_succeeds(engine: &Engine) {
    let nodes = [engine.node().await, engine.node().await];
    let admin = engine.direct("admin_1");
    let given = nodes[0].start(&admin, "user_1").await.unwrap();
    let redemptions = (0..100).map(|number| {
        let (node, admin) = (nodes[number % 2].clone(), admin.clone());
        let (ticket, binding) = (given.ticket.clone(), given.binding.clone());
        tokio::spawn(async move { node.impersonations.redeem(&admin, &ticket, &binding).await })
    });
    let outcomes = join_all(redemptions).await;
    let outcomes = outcomes.into_iter().map(Result::unwrap);
    let (redeemed, refused): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
    assert_eq!((redeemed.len(), refused.len()), (1, 99));
    for refused in refused {
        assert_eq!(refused.unwrap_err(), RedeemError::Refused);
    }
    // The session is one on both.
    for (redeemed, node) in redeemed.iter().zip(&nodes) {
        let token = &redeemed.as_ref().unwrap().token;
        node.request(token).await.unwrap();
        nodes[1].request(token).await.unwrap();
    }
}

pub(crate) async fn all_that_is_wrong_with_a_ticket_is_one_error(engine: &Engine) {
    let node = engine.node().await;
    let (admin, other) = (engine.direct("admin_1"), engine.direct("admin_2"));
    let (given, others) = (
        node.start(&admin, "user_1").await.unwrap(),
        node.start(&other, "user_1").await.unwrap(),
    );
    let refuse = async |actor: &Direct, ticket: &str, binding: &str| {
        let refused = node.impersonations.redeem(actor, ticket, binding).await;
        assert_eq!(refused.map(drop).unwrap_err(), RedeemError::Refused);
    };
    let (ticket, binding): (&Ticket, &Binding) = (&given.ticket, &given.binding);
    let odd = [
        "",
        "a",
        "\0",
        &"a".repeat(43),
        &"a".repeat(100_000),
        binding,
    ];
    for unknown in odd {
        refuse(&admin, unknown, binding).await;
    }
    for browser in ["", "a", &others.binding, ticket] {
        refuse(&admin, ticket, browser).await;
    }
    refuse(&other, ticket, binding).await;
    refuse(&engine.direct("user_1"), ticket, binding).await;
    // None of it has used it up.
    node.redeem(&admin, &given).await;
    refuse(&admin, ticket, binding).await;

    engine.clock.forward(60);
    refuse(&other, &others.ticket, &others.binding).await;
}

pub(crate) async fn a_session_that_was_ended_is_not_redeemed(engine: &Engine) {
    let node = engine.node().await;
    let admin = engine.direct("admin_1");
    let given = node.start(&admin, "user_1").await.unwrap();
    engine.directory.remove("admin_1");
    node.impersonations.recheck().await.unwrap();
    let refused = node
        .impersonations
        .redeem(&admin, &given.ticket, &given.binding)
        .await;
    assert_eq!(refused.map(drop).unwrap_err(), RedeemError::Refused);
    let recorded = node.recorded(given.session).await.unwrap();
    assert_eq!(recorded.status.name(), "revoked");
}

pub(crate) async fn no_session_is_longer_for_a_slow_application(engine: &Engine) {
    let clock = engine.clock.clone();
    let slow = Slow(move || clock.forward(20));
    let node = engine.node_of(|builder| builder, slow).await;
    let redeemed = node.begin(&engine.direct("admin_1"), "user_1").await;
    let auth = node.request(&redeemed.token).await.unwrap();
    assert_eq!(auth.expires_at, redeemed.ends_at);
    let recorded = node.recorded(redeemed.session).await.unwrap();
    assert_eq!(
        recorded.expire_at.milliseconds(),
        redeemed.ends_at.saturating_mul(1000)
    );
}
