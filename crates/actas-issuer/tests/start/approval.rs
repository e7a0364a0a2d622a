use actas_issuer::{Approval, ApproveError, SessionId, StartError, Started, User};
use futures_util::future::join_all;

use crate::engine::Engine;
use crate::node::{Node, awaited, given, request};
use crate::rules::Generous;

async fn node(engine: &Engine) -> Node {
    engine
        .node_with(|builder| {
            builder
                .with_approval(Approval::SecondPerson)
                .with_concurrent_sessions(30)
        })
        .await
}

async fn ask(engine: &Engine, node: &Node) -> SessionId {
    let admin = engine.direct("admin_1");
    awaited(
        node.impersonations
            .start(&admin, request("user_1"))
            .await
            .unwrap(),
    )
}

pub(crate) async fn a_second_person_approves(engine: &Engine) {
    let nodes = [node(engine).await, node(engine).await];
    let (admin, lead) = (engine.direct("admin_1"), engine.direct("lead_1"));
    let id = ask(engine, &nodes[0]).await;
    let [start] = &nodes[1]
        .impersonations
        .awaiting_approval(&lead)
        .await
        .unwrap()[..]
    else {
        panic!("one waits");
    };
    assert_eq!(
        (start.id, &*start.actor_subject, &*start.user_id),
        (id, "admin_1", "user_1")
    );
    assert_eq!(start.reason, crate::node::REASON);
    assert_eq!(start.expires_at, engine.clock.seconds() + 3600);
    let early = nodes[0].impersonations.collect(&admin, id).await;
    assert_eq!(early.map(drop).unwrap_err(), StartError::NotApproved);
    assert!(nodes[0].all_recorded().await.is_empty());

    engine.clock.forward(3000);
    nodes[1].impersonations.approve(&lead, id).await.unwrap();
    let again = nodes[0].impersonations.approve(&lead, id).await;
    assert_eq!(again, Err(ApproveError::NotPending));
    let waiting = nodes[0].impersonations.awaiting_approval(&lead).await;
    assert!(waiting.unwrap().is_empty());
    let collected = given(nodes[0].impersonations.collect(&admin, id).await.unwrap());
    // Its time begins when it is collected.
    assert_eq!(collected.session, id);
    assert_eq!(collected.ends_at, engine.clock.seconds() + 1800);
    let redeemed = nodes[1].redeem(&admin, &collected).await;
    nodes[0].request(&redeemed.token).await.unwrap();
}

pub(crate) async fn neither_the_actor_nor_the_user_approves(engine: &Engine) {
    // Their policy would let anybody.
    let set = |builder: actas_issuer::ImpersonationsBuilder| {
        builder.with_approval(Approval::SecondPerson)
    };
    let generous = engine.node_of(set, Generous).await;
    let id = ask(engine, &generous).await;
    for user_id in ["admin_1", "user_1"] {
        let one = engine.direct(user_id);
        let refused = generous.impersonations.approve(&one, id).await;
        assert_eq!(refused, Err(ApproveError::Refused), "{user_id}");
        let waiting = generous.impersonations.awaiting_approval(&one).await;
        assert!(waiting.unwrap().is_empty());
    }
    let unknown = "imp_bd4c941f37460fb88008b5056a362c27".parse().unwrap();
    let lead = engine.direct("lead_1");
    let refused = generous.impersonations.approve(&lead, unknown).await;
    assert_eq!(refused, Err(ApproveError::Refused));
    let strict = node(engine).await;
    let far = User::new(["lead"]).with_organization("org_far");
    engine.directory.put("lead_1", far);
    let refused = strict.impersonations.approve(&lead, id).await;
    assert_eq!(
        refused,
        Err(ApproveError::Refused),
        "of another organisation"
    );
    let refused = strict
        .impersonations
        .approve(&engine.direct("boss_1"), id)
        .await;
    assert_eq!(refused, Err(ApproveError::Refused));
    generous.impersonations.approve(&lead, id).await.unwrap();
}

pub(crate) async fn an_approval_is_collected_once_in_time_by_its_actor(engine: &Engine) {
    let nodes = [node(engine).await, node(engine).await];
    let node = &nodes[0];
    let (admin, lead) = (engine.direct("admin_1"), engine.direct("lead_1"));
    let collect = async |actor, id| {
        let collected = node.impersonations.collect(actor, id).await;
        collected.map(|started| assert!(matches!(started, Started::Ticket { .. })))
    };
    let id = ask(engine, node).await;
    node.impersonations.approve(&lead, id).await.unwrap();
    let other = engine.direct("admin_2");
    assert_eq!(collect(&other, id).await, Err(StartError::NotApproved));

    // What has changed since counts.
    engine.directory.remove("user_1");
    assert_eq!(collect(&admin, id).await, Err(StartError::Refused));
    engine.directory.put("user_1", User::new(["member"]));
    let collections = (0..20).map(|number| {
        let (node, admin) = (nodes[number % 2].clone(), admin.clone());
        tokio::spawn(async move { node.impersonations.collect(&admin, id).await.map(given) })
    });
    let outcomes = join_all(collections).await.into_iter();
    let outcomes: Vec<_> = outcomes.map(|outcome| outcome.unwrap().map(drop)).collect();
    let refused = Err(StartError::NotApproved);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == refused)
            .count(),
        19
    );
    assert_eq!(collect(&admin, id).await, refused);

    let late = ask(engine, node);
    engine.clock.forward(60);
    let late = late.await;
    node.impersonations.approve(&lead, late).await.unwrap();
    engine.clock.forward(3600);
    assert_eq!(collect(&admin, late).await, Err(StartError::NotApproved));
}
