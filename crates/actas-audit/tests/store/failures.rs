//! Databases that are locked, die, or lose an answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actas_audit::{AuditLog, End, Event, EventKind, StoredRecord};
use actas_core::ErrorKind;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::engine::{Engine, kinds, verify};
use crate::postgres::Cluster;

/// Every request of the record with the ends of its outcomes.
async fn requests(log: &AuditLog) -> HashMap<String, Vec<End>> {
    let mut requests = HashMap::new();
    let mut records = log.records().await.unwrap();
    while let Some(record) = records.next().await.unwrap() {
        let StoredRecord::Event(body) = record else {
            continue;
        };
        let event = Event::from_body(&body).unwrap();
        match event.kind {
            EventKind::Request(_) => {
                requests
                    .entry(event.id.to_string())
                    .or_insert_with(Vec::new);
            }
            EventKind::Outcome(outcome) => {
                requests
                    .get_mut(&outcome.of.to_string())
                    .unwrap()
                    .push(outcome.end);
            }
            _ => (),
        }
    }
    requests
}

#[tokio::test(flavor = "multi_thread")]
async fn while_sqlite_is_locked_no_request_runs_and_no_outcome_is_lost() {
    let engine = Engine::sqlite();
    let deadline = Duration::from_millis(300);
    let log = engine
        .builder()
        .with_deadline(deadline)
        .open()
        .await
        .unwrap();
    let (auth, running) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();

    let mut other = engine.sqlite_connection().await;
    sqlx::raw_sql("BEGIN EXCLUSIVE")
        .execute(&mut other)
        .await
        .unwrap();
    running.complete();
    let start = Instant::now();
    let refused = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AuditUnavailable);
    assert!(start.elapsed() < deadline * 3, "{:?}", start.elapsed());
    // It can be read all the same.
    assert_eq!(kinds(&log, "sess_1").await, ["session_started", "request"]);

    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    within_a_minute(log.close()).await;
    let log = engine.open().await;
    let mut requests = requests(&log).await;
    let ran = auth.audit_context().unwrap().request.unwrap();
    assert_eq!(requests.remove(&ran).unwrap(), [End::Completed]);
    // The other may have been on its way when the lock was given back: it did not run.
    assert!(requests.into_values().all(|ends| ends == [End::Aborted]));
    verify(&engine, &log).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_dies_under_load_and_comes_back() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let cluster = Arc::new(cluster);
    cluster.is_ready().await;
    let engine = Arc::new(Engine::of(Arc::clone(&cluster)).await);
    let log = engine.builder().with_deadline(Duration::from_secs(2));
    let log = log.open().await.unwrap();

    let (ran, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let load = (0..8).map(|number| {
        let (engine, log) = (Arc::clone(&engine), log.clone());
        let (ran, refused, stop) = (Arc::clone(&ran), Arc::clone(&refused), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut ids = Vec::new();
            let claims = json!({"sid": format!("sess_{number}")});
            while !stop.load(Ordering::Relaxed) {
                match engine.issuer.reserve(&log, "GET", &claims).await {
                    Ok((auth, recording)) => {
                        ids.push(auth.audit_context().unwrap().request.unwrap());
                        recording.complete();
                        ran.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            ids
        })
    });
    let load: Vec<_> = load.collect();
    let reaches = async |count: &AtomicUsize, target: usize| {
        let start = Instant::now();
        while count.load(Ordering::Relaxed) < target {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "{count:?} of {target}"
            );
            tokio::task::yield_now().await;
        }
    };
    for _ in 0..3 {
        reaches(&ran, ran.load(Ordering::Relaxed) + 50).await;
        cluster.kill();
        reaches(&refused, refused.load(Ordering::Relaxed) + 8).await;
        cluster.run();
    }
    reaches(&ran, ran.load(Ordering::Relaxed) + 50).await;
    stop.store(true, Ordering::Relaxed);
    let mut ids = Vec::new();
    for task in load {
        ids.extend(task.await.unwrap());
    }
    within_a_minute(log.close()).await;

    let log = engine.open().await;
    verify(&engine, &log).await.unwrap();
    let requests = requests(&log).await;
    for id in &ids {
        assert_eq!(requests[id], [End::Completed]);
    }
    let others = requests.iter().filter(|(id, _)| !ids.contains(id));
    for (_, ends) in others {
        assert_eq!(*ends, [End::Aborted]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_not_repeated() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let (proxy, log) = by_proxy(&engine).await;

    // What is done at the start is done.
    log.sweep().await.unwrap();
    // The request is recorded, and nobody can know: it does not run.
    proxy.loses_next_commit.store(true, Ordering::SeqCst);
    engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap_err();
    assert!(!proxy.loses_next_commit.load(Ordering::SeqCst));
    // The outcome is recorded, and is tried again.
    let (auth, recording) = engine
        .issuer
        .reserve(&log, "GET", &json!({}))
        .await
        .unwrap();
    proxy.loses_next_commit.store(true, Ordering::SeqCst);
    recording.complete();
    within_a_minute(log.close()).await;
    assert!(!proxy.loses_next_commit.load(Ordering::SeqCst));

    let log = engine.open().await;
    verify(&engine, &log).await.unwrap();
    let mut requests = requests(&log).await;
    let ran = auth.audit_context().unwrap().request.unwrap();
    assert_eq!(requests.remove(&ran).unwrap(), [End::Completed]);
    assert_eq!(requests.into_values().collect::<Vec<_>>(), [[End::Aborted]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_commit_that_is_on_its_way_is_waited_for() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let (proxy, log) = by_proxy(&engine).await;
    log.sweep().await.unwrap();
    // As long as this is held, the server does not come to the end of a commit that begins a session.
    let hold = "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON sessions DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION hold()";
    engine.execute(hold).await.unwrap();
    let mut holder = engine.postgres_connection().await;
    sqlx::raw_sql("SELECT pg_advisory_lock(42)")
        .execute(&mut holder)
        .await
        .unwrap();

    proxy.cuts_next_commit.store(true, Ordering::SeqCst);
    let claims = json!({});
    engine
        .issuer
        .reserve(&log, "GET", &claims)
        .await
        .unwrap_err();
    assert!(!proxy.cuts_next_commit.load(Ordering::SeqCst));
    // What becomes of the request is asked on another connection.
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let start = Instant::now();
    while engine.number(waiting).await < 2 && start.elapsed() < Duration::from_secs(10) {
        tokio::task::yield_now().await;
    }
    sqlx::raw_sql("SELECT pg_advisory_unlock(42)")
        .execute(&mut holder)
        .await
        .unwrap();
    within_a_minute(log.close()).await;
    let log = engine.open().await;
    verify(&engine, &log).await.unwrap();
    let requests = requests(&log).await;
    assert_eq!(requests.into_values().collect::<Vec<_>>(), [[End::Aborted]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_commit_that_did_not_arrive_has_begun_no_session() {
    let Some(engine) = Engine::postgres().await else {
        return;
    };
    let (proxy, log) = by_proxy(&engine).await;
    log.sweep().await.unwrap();
    proxy.drops_next_commit.store(true, Ordering::SeqCst);
    let claims = json!({});
    engine
        .issuer
        .reserve(&log, "GET", &claims)
        .await
        .unwrap_err();
    assert!(!proxy.drops_next_commit.load(Ordering::SeqCst));
    log.sweep().await.unwrap();
    assert_eq!(engine.number("SELECT COUNT(*) FROM sessions").await, 0);
    engine.issuer.request(&log, "GET", &claims).await;
    within_a_minute(log.close()).await;
    let log = engine.open().await;
    assert_eq!(verify(&engine, &log).await.unwrap().events, 3);
}

async fn within_a_minute(closing: impl Future<Output = ()>) {
    let closed = tokio::time::timeout(Duration::from_mins(1), closing).await;
    closed.expect("all that waits is written");
}

/// A record whose database is behind a proxy.
async fn by_proxy(engine: &Engine) -> (Proxy, AuditLog) {
    let proxy = Proxy::start(engine.socket()).await;
    let url = engine.url_by(proxy.port);
    let log = AuditLog::postgres(url).with_key_file(engine.folder.path().join("audit.key"));
    let log = log.with_clock(engine.issuer.clock.clone()).open().await;
    (proxy, log.unwrap())
}

/// Stands between a record and its database, and can take a commit or its answer away.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// The answer is lost, once there is one.
    loses_next_commit: Arc<AtomicBool>,
    /// The line is cut at once, and the server is still at it.
    cuts_next_commit: Arc<AtomicBool>,
    /// It does not arrive.
    drops_next_commit: Arc<AtomicBool>,
    /// Whoever would listen to what others tell is cut off.
    pub(crate) is_mute: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) async fn start(socket: std::path::PathBuf) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let [loses, cuts, drops, mute] = std::array::from_fn(|_| Arc::new(AtomicBool::new(false)));
        let proxy = Self {
            port,
            loses_next_commit: Arc::clone(&loses),
            cuts_next_commit: Arc::clone(&cuts),
            drops_next_commit: Arc::clone(&drops),
            is_mute: Arc::clone(&mute),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                let faults = [&loses, &cuts, &drops, &mute].map(Arc::clone);
                tokio::spawn(pass(client, server, faults));
            }
        });
        proxy
    }
}

async fn pass(mut client: TcpStream, mut server: UnixStream, faults: [Arc<AtomicBool>; 4]) {
    let [loses, cuts, drops, mute] = faults;
    let (mut asked, mut told) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            count = client.read(&mut asked) => {
                let Ok(count @ 1..) = count else { return };
                let listens = asked[..count].windows(6).any(|bytes| bytes == b"LISTEN");
                if listens && mute.load(Ordering::SeqCst) {
                    return;
                }
                let is_commit = asked[..count].windows(7).any(|bytes| bytes == b"COMMIT\0");
                if is_commit && drops.swap(false, Ordering::SeqCst) {
                    return;
                }
                if server.write_all(&asked[..count]).await.is_err() {
                    return;
                }
                if is_commit && cuts.swap(false, Ordering::SeqCst) {
                    drop(client);
                    // Its own end of the line stays open.
                    while matches!(server.read(&mut told).await, Ok(1..)) {}
                    return;
                }
                if is_commit && loses.swap(false, Ordering::SeqCst) {
                    // It has committed once it answers.
                    let _ = server.read(&mut told).await;
                    return;
                }
            }
            count = server.read(&mut told) => {
                let Ok(count @ 1..) = count else { return };
                if client.write_all(&told[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
