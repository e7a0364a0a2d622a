use std::io::{ErrorKind, Write as _, stderr};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use actas_issuer::Issuer;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing_subscriber::filter::LevelFilter;

use super::config::{Config, Log};
use super::failure::Failure;
use super::node::Node;
use super::plan::{Database, Plan};
use super::readiness::Obstacle;
use super::routes::routes;
use super::{source, stop, web};
use crate::exit::Exit;
use crate::output;
use crate::serve_args::Serve;

/// How long the record has to be written to its end.
const CLOSING: Duration = Duration::from_secs(5);
/// How long the published keys may take to be fetched.
const FETCH: Duration = Duration::from_secs(10);
/// Bytes of the longest key set.
const MAX_KEY_SET: usize = 1024 * 1024;
const EXAMPLE: &str = include_str!("../../actas.toml");

pub(crate) fn run(args: &Serve) -> Exit {
    let Some(path) = &args.config else {
        output::print(&[EXAMPLE.trim_end().to_owned()]);
        return Exit::Holds;
    };
    let ran = if args.check {
        check(path).map(|()| output::print(&["the settings hold".to_owned()]))
    } else {
        serve(path)
    };
    match ran {
        Ok(()) => Exit::Holds,
        Err(failure) => {
            writeln!(stderr(), "actas: {failure}").ok();
            failure.exit
        }
    }
}

/// Opens all of it, on a database that is thrown away.
fn check(path: &Path) -> Result<(), Failure> {
    let mut plan = Plan::of(source::read(path)?)?;
    let folder = tempfile::tempdir();
    let folder =
        folder.map_err(|error| Failure::outside(format!("a folder to check in: {error}")))?;
    plan.database = Database::Sqlite(folder.path().join("check.db"));
    plan.config.database.audit_key_file = None;
    if let Some(url) = &plan.config.published_keys {
        web::judged("published_keys", url, plan.config.insecure_http_to_loopback)?;
    }
    on_runtime(async {
        Node::open(plan).await?.closing().await;
        Ok(())
    })
}

fn serve(path: &Path) -> Result<(), Failure> {
    let plan = Plan::of(source::read(path)?)?;
    log_to_stderr(plan.config.log);
    on_runtime(serve_plan(plan))
}

fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::outside(format!("threads: {error}")))?;
    let done = runtime.block_on(work);
    // What is left has had its time.
    runtime.shutdown_background();
    done
}

fn log_to_stderr(log: Log) {
    let level = match log {
        Log::Error => LevelFilter::ERROR,
        Log::Warn => LevelFilter::WARN,
        Log::Info => LevelFilter::INFO,
        Log::Debug => LevelFilter::DEBUG,
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_writer(stderr)
        .init();
}

async fn serve_plan(plan: Plan) -> Result<(), Failure> {
    let config = &plan.config;
    let (address, limit) = (config.listen, config.shutdown_seconds.duration());
    let signals = stop::signals();
    let signals = signals.map_err(|error| Failure::outside(format!("signals: {error}")))?;
    check_published(config, &plan.issuer).await?;
    // Before the database is opened: another process may hold both.
    let listener = listen(address).await?;
    let node = Node::open(plan).await?;
    let closing = node.closing();
    let (told, obstacle) = watch::channel(node.looked.look().await);
    let app = routes(node.api, obstacle);
    let watching = tokio::spawn(node.looked.watch(told.clone()));
    let address = listener.local_addr().unwrap_or(address);
    tracing::info!(%address, "listening");
    if !address.ip().is_loopback() {
        tracing::warn!(
            "plain http beyond this machine: put a proxy with TLS before it, and let nobody past"
        );
    }

    let mut ending = signals.clone();
    let served = axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async move {
        // Its sender lives as long as the process.
        let _ = ending.wait_for(|times| *times > 0).await;
    });
    let served = tokio::spawn(served.into_future());
    let mut signals = signals;
    let _ = signals.wait_for(|times| *times > 0).await;
    watching.abort();
    told.send_replace(Some(Obstacle::Ending));
    tracing::info!("ending");
    let at_once = async move {
        let _ = signals.wait_for(|times| *times > 1).await;
    };
    tokio::select! {
        ended = end(served, closing, limit) => ended,
        () = at_once => Err(Failure::outside("it was told to end at once: the record may lack its end")),
    }
}

/// Lets requests end, and writes the record to its end.
async fn end(
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    closing: impl Future<Output = ()>,
    limit: Duration,
) -> Result<(), Failure> {
    if timeout(limit, served).await.is_err() {
        tracing::warn!("requests that have not ended in time are cut off");
    }
    let closed = timeout(CLOSING, closing).await;
    closed.map_err(|_| Failure::outside("the record could not be written to its end in time"))?;
    tracing::info!("ended");
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => "; end what listens there, or set another port by `listen`",
            ErrorKind::AddrNotAvailable => "; set an address of this machine by `listen`",
            ErrorKind::PermissionDenied => "; set a port from 1024 by `listen`, or be allowed to",
            _ => "",
        };
        Failure::outside(format!("it cannot listen on {address}: {error}{advice}"))
    })
}

/// Does not start with a key that nobody knows.
async fn check_published(config: &Config, issuer: &Issuer) -> Result<(), Failure> {
    let Some(url) = &config.published_keys else {
        return Ok(());
    };
    let url = web::judged("published_keys", url, config.insecure_http_to_loopback)?;
    let failed = |reason: String| Failure::outside(format!("published_keys: {reason}"));
    let client = web::client(&url, FETCH)?;
    let response = client.get(url).send().await;
    let response = response.map_err(|error| failed(web::reason(&error)))?;
    if !response.status().is_success() {
        return Err(failed(format!("status {}", response.status().as_u16())));
    }
    let body = web::body(response, MAX_KEY_SET).await.map_err(failed)?;
    let set = String::from_utf8_lossy(&body);
    issuer.check_published(&set).map_err(|error| {
        failed(format!("{error}: publish the keys of this node's key_file first, or share the file of the others"))
    })
}
