//! A server that records impersonated requests is killed under load, again and again, wherever it happens to be.
//!
//! - Whatever a request did has its record: it was written down before the request ran.
//! - The record opens without help each time, and no chain of it is broken in the end.
//!
//! `KILLS` sets how often each database's server is killed (100), `KILL_SEED` the seed of the moments; `-- --nocapture` shows
//! the figures.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test that panics has failed, in a helper as well"
)]

#[path = "../../crates/actas-audit/tests/store/postgres.rs"]
#[expect(dead_code, reason = "it can do more than this suite asks of it")]
mod postgres;
#[path = "audit_kill/server.rs"]
mod server;
#[path = "audit_kill/load.rs"]
mod load;
#[path = "audit_kill/judge.rs"]
mod judge;

use std::env;
use std::fmt::Display;
use std::str::FromStr;

use fastrand::Rng;
use tempfile::TempDir;

use crate::server::Server;

/// Answers after which a server is killed, at most: it dies while it starts its record as well as amid its work.
const MOST_ANSWERS: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_killed_server_did_is_in_the_record_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("audit.db");
    kill(&folder, database.to_str().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_killed_server_did_is_in_the_record_of_postgresql() {
    let Some(cluster) = postgres::shared().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    kill(&folder, &cluster.database().await).await;
}

async fn kill(folder: &TempDir, database: &str) {
    let kills = setting("KILLS").unwrap_or(100);
    let seed = setting("KILL_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("{kills} kills, KILL_SEED={seed}");
    let mut rng = Rng::with_seed(seed);

    let mut answers = 0;
    for _ in 0..kills {
        let server = Server::start(folder.path(), database);
        answers += load::until(&server, rng.usize(..=MOST_ANSWERS)).await;
        server.kill();
    }
    let figures = judge::record(folder.path(), database).await;
    println!("{answers} answers, {figures}");
    assert!(
        figures.effects >= answers,
        "an effect of an answered request is missing"
    );
}

fn setting<T: FromStr<Err: Display>>(name: &str) -> Option<T> {
    let value = env::var(name).ok()?;
    match value.parse() {
        Ok(value) => Some(value),
        Err(error) => panic!("{name}={value}: {error}"),
    }
}
