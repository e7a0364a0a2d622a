use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::application::Application;
use crate::browser::{Answer, answer};
use crate::postgres::Cluster;
use crate::process::{Folder, Process, until};

async fn health(node: &Process, path: &str) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    answer(client.get(node.url(path)).send().await.unwrap()).await
}

async fn becomes(node: &Process, obstacle: Option<&str>) {
    let wanted = match obstacle {
        None => (200, json!({ "status": "ready" })),
        Some(name) => (503, json!({ "status": "not_ready", "obstacle": name })),
    };
    until(async || (health(node, "/readyz").await == wanted).then_some(())).await;
    let alive: (u16, Value) = (200, json!({ "status": "ok" }));
    assert_eq!(health(node, "/healthz").await, alive);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_sessions_are_waited_for() {
    let (application, folder) = (Application::start().await, Folder::new());
    application
        .answers
        .send_modify(|answers| answers.keys = false);
    let settings = application.settings() + "[database]\nsqlite = \"actas.db\"\n";
    let node = folder.serve("actas.toml", &settings).await;
    becomes(&node, Some("session_keys")).await;
    application
        .answers
        .send_modify(|answers| answers.keys = true);
    becomes(&node, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_goes_away_and_comes_back() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.is_ready().await;
    let (application, folder) = (Application::start().await, Folder::new());
    folder.write("url", &cluster.database().await);
    let database = "[database]\npostgres = { file = \"url\" }\naudit_key_file = \"audit.key\"\n";
    let settings = application.settings() + database;
    let node = folder.serve("actas.toml", &settings).await;
    becomes(&node, None).await;
    for _ in 0..2 {
        block_in_place(|| cluster.kill());
        becomes(&node, Some("database")).await;
        cluster.run();
        becomes(&node, None).await;
    }
    node.signal("TERM");
    assert_eq!(node.ends().await, Some(0));
}
