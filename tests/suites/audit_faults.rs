//! Applications that are asked all the while, and the database of their record fails.
//!
//! - The disk is full: a small tmpfs that a file takes up. `mount` is root's; where it may not be used the test says so and
//!   passes, but fails with `CI=true`. So do those of PostgreSQL where it is not installed.
//! - Another connection holds SQLite's lock.
//! - PostgreSQL goes down as in a crash, and comes up again, three times.
//! - The line to PostgreSQL breaks at a commit, before or after it is done, which its end does not tell.
//!
//! While it lasts, an impersonated request gets 503 and a direct one 200; afterwards both get 200, with nothing opened anew. What
//! must hold of the record in the end is said at [`judge`](judge::judge). `-- --nocapture` shows the figures.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed, in a helper as well"
)]

#[path = "../../crates/actas-audit/tests/store/postgres.rs"]
#[expect(dead_code, reason = "it can do more than this suite asks of it")]
mod postgres;
#[path = "audit_faults/disk.rs"]
mod disk;
#[path = "audit_faults/line.rs"]
mod line;
#[path = "audit_faults/issuer.rs"]
mod issuer;
#[path = "audit_faults/effects.rs"]
mod effects;
#[path = "audit_faults/app.rs"]
mod app;
#[path = "audit_faults/load.rs"]
mod load;
#[path = "audit_faults/judge.rs"]
mod judge;
#[path = "audit_faults/trial.rs"]
mod trial;

use std::time::Duration;

use actas_audit::{AuditLog, AuditLogBuilder};
use actas_tests::{FixedClock, Framework, NOW};
use sqlx::Connection as _;
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::disk::Disk;
use crate::line::Line;
use crate::postgres::Cluster;
use crate::trial::Trial;

/// How often the database fails.
const FAULTS: usize = 3;
/// How often the line to PostgreSQL breaks, at two nodes together.
const BREAKS: usize = 24;
/// How long a request waits for its record.
const DEADLINE: Duration = Duration::from_millis(500);
/// How long the line may take to break so often.
const PATIENCE: Duration = Duration::from_mins(1);
/// The smallest disk on which a record begins, is used for a while, and fills up soon.
const DISK: &str = "8m";

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_is_full_under_axum() {
    the_disk_is_full(Framework::Axum).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_is_full_under_actix() {
    the_disk_is_full(Framework::Actix).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_locked_under_axum() {
    the_database_is_locked(Framework::Axum).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_locked_under_actix() {
    the_database_is_locked(Framework::Actix).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_restarts_under_axum() {
    postgres_restarts(&[Framework::Axum]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_restarts_under_actix() {
    postgres_restarts(&[Framework::Actix]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_restarts_under_two_nodes() {
    postgres_restarts(&[Framework::Axum, Framework::Actix]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_to_postgres_breaks_at_commits() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.is_ready().await;
    let folder = tempfile::tempdir().unwrap();
    let line = Line::to(&cluster.database().await);
    let (url, key) = (line.url(), folder.path().join("audit.key"));
    let record = || settings(AuditLog::postgres(&url).with_key_file(&key));
    let trial = Trial::start(&record, &[Framework::Axum, Framework::Actix]).await;
    trial.load.runs().await;
    timeout(PATIENCE, line.breaks(BREAKS)).await.unwrap();
    trial.load.runs().await;
    let figures = trial.end(&record).await;
    // Requests whose commit was done without its answer: they did not run, and stand in the record.
    assert!(figures.aborted > 0);
}

async fn the_disk_is_full(framework: Framework) {
    let Some(disk) = Disk::mount(DISK) else {
        return;
    };
    let record = || settings(AuditLog::sqlite(disk.path().join("audit.db")));
    let trial = Trial::start(&record, &[framework]).await;
    for _ in 0..FAULTS {
        trial.load.runs().await;
        let filler = disk.filler();
        tokio::select! {
            () = filler.fill() => unreachable!("what is freed is taken"),
            () = trial.load.is_refused() => (),
        }
    }
    trial.load.runs().await;
    trial.end(&record).await;
}

async fn the_database_is_locked(framework: Framework) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.db");
    let record = || settings(AuditLog::sqlite(&file));
    let trial = Trial::start(&record, &[framework]).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    for _ in 0..FAULTS {
        trial.load.runs().await;
        let mut other = sqlx::SqliteConnection::connect_with(&options)
            .await
            .unwrap();
        let lock = sqlx::raw_sql("BEGIN EXCLUSIVE");
        lock.execute(&mut other).await.unwrap();
        trial.load.is_refused().await;
        other.close().await.unwrap();
    }
    trial.load.runs().await;
    trial.end(&record).await;
}

async fn postgres_restarts(nodes: &[Framework]) {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    cluster.is_ready().await;
    let folder = tempfile::tempdir().unwrap();
    let (url, key) = (cluster.database().await, folder.path().join("audit.key"));
    let record = || settings(AuditLog::postgres(&url).with_key_file(&key));
    let trial = Trial::start(&record, nodes).await;
    for _ in 0..FAULTS {
        trial.load.runs().await;
        block_in_place(|| cluster.kill());
        trial.load.is_refused().await;
        cluster.run();
    }
    trial.load.runs().await;
    trial.end(&record).await;
}

fn settings(record: AuditLogBuilder) -> AuditLogBuilder {
    record.with_deadline(DEADLINE).with_clock(FixedClock(NOW))
}
