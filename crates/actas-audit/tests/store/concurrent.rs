//! Several processes, or as good as several, that write one record.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::engine::{Engine, session, verify};

pub(crate) async fn two_processes_share_one_chain(engine: &Engine) {
    let logs = [engine.open().await, engine.open().await];
    let tasks = (0..20).map(|task| {
        let (log, claims) = (
            logs[task % 2].clone(),
            json!({"sid": format!("sess_{}", task / 2)}),
        );
        async move {
            for _ in 0..5 {
                engine.issuer.request(&log, "GET", &claims).await;
            }
        }
    });
    futures_util::future::join_all(tasks).await;
    for log in &logs {
        log.sweep().await.unwrap();
    }
    let report = verify(engine, &logs[0]).await.unwrap();
    assert_eq!(
        (report.sessions, report.events, report.links),
        (10, 210, 10)
    );
    for number in 0..10 {
        let session = session(&logs[1], &format!("sess_{number}")).await;
        assert_eq!((session.requests, session.events), (10, 21));
    }
}

pub(crate) async fn many_processes_open_at_once(engine: &Engine) {
    let opened = futures_util::future::join_all((0..8).map(|_| engine.open())).await;
    let key = opened[0].verifying_key().id();
    assert!(opened.iter().all(|log| log.verifying_key().id() == key));
    let logs = Arc::new(opened);
    for log in logs.iter() {
        engine.issuer.request(log, "GET", &json!({})).await;
        log.close().await;
    }
    let log = engine.open().await;
    assert_eq!(verify(engine, &log).await.unwrap().events, 17);
}

pub(crate) async fn sweeps_and_closing_come_to_their_turn(engine: &Engine) {
    let log = engine.builder().with_deadline(Duration::from_secs(30));
    let log = log.open().await.unwrap();
    let load = (0..8).map(|number| {
        let (log, claims) = (&log, json!({"sid": format!("sess_{number}")}));
        async move {
            let mut ran = 0;
            while let Ok((_, recording)) = engine.issuer.reserve(log, "GET", &claims).await {
                recording.complete();
                ran += 1;
            }
            ran
        }
    });
    let calm = async {
        for _ in 0..3 {
            log.sweep().await.unwrap();
        }
        tokio::join!(log.close(), log.close(), log.close());
        log.sweep().await.unwrap_err();
    };
    let all = futures_util::future::join(futures_util::future::join_all(load), calm);
    let all = tokio::time::timeout(Duration::from_mins(1), all).await;
    let ran: u64 = all.unwrap().0.iter().sum();
    assert!(ran > 0);

    let log = engine.open().await;
    verify(engine, &log).await.unwrap();
    let mut requests = 0;
    for number in 0..8 {
        requests += session(&log, &format!("sess_{number}")).await.requests;
    }
    // One that was recorded while the record was closed may not have run.
    assert!((ran..=ran + 8).contains(&requests), "{ran} {requests}");
}
