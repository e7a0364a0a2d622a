//! A PostgreSQL cluster of the tests' own, from the system's binaries.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tempfile::TempDir;

/// Who runs it where the tests run as root, which PostgreSQL refuses.
const USER: &str = "postgres";

pub(crate) struct Cluster {
    folder: TempDir,
    binaries: PathBuf,
    server: Mutex<Option<Child>>,
    databases: AtomicU32,
}

/// The cluster that tests share while any of them runs, or `None` where PostgreSQL is not installed.
pub(crate) async fn shared() -> Option<Arc<Cluster>> {
    static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
    let cluster = {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cluster) = shared.upgrade() {
            cluster
        } else {
            let cluster = Arc::new(Cluster::start()?);
            *shared = Arc::downgrade(&cluster);
            cluster
        }
    };
    cluster.is_ready().await;
    Some(cluster)
}

impl Cluster {
    pub(crate) fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            let missing = "PostgreSQL is not installed (initdb, postgres)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing}");
            eprintln!("{missing}: this test shows nothing");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let own = Command::new("chown").arg(USER).arg(folder.path()).status();
            assert!(own.unwrap().success());
        }
        let made = as_user(&binaries.join("initdb"))
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--pgdata",
            ])
            .arg(folder.path().join("data"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let cluster = Self {
            folder,
            binaries,
            server: Mutex::new(None),
            databases: AtomicU32::new(0),
        };
        cluster.run();
        Some(cluster)
    }

    pub(crate) fn run(&self) {
        let server = as_user(&self.binaries.join("postgres"))
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .arg("-k")
            .arg(self.folder.path())
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "max_connections=200",
                "-c",
                "fsync=off",
            ])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        *self.server() = Some(server);
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&self) {
        let Some(mut server) = self.server().take() else {
            return;
        };
        // It takes its children with it.
        let quit = Command::new("kill")
            .args(["-QUIT", &server.id().to_string()])
            .status();
        let start = Instant::now();
        while quit.is_ok() && start.elapsed() < Duration::from_secs(10) {
            if let Ok(Some(_)) = server.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = server.kill();
        let _ = server.wait();
    }

    pub(crate) async fn is_ready(&self) {
        let start = Instant::now();
        while let Err(error) = sqlx::PgConnection::connect(&self.url("postgres")).await {
            assert!(start.elapsed() < Duration::from_secs(30), "{error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The URL of a new database.
    pub(crate) async fn database(&self) -> String {
        self.database_with("").await
    }

    /// The URL of a new database, made with these options.
    pub(crate) async fn database_with(&self, options: &str) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = sqlx::PgConnection::connect(&self.url("postgres"))
            .await
            .unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} {options}"));
        sqlx::raw_sql(create)
            .execute(&mut connection)
            .await
            .unwrap();
        self.url(&name)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    fn url(&self, database: &str) -> String {
        let folder = self.folder.path().to_str().unwrap();
        format!("postgres://postgres@localhost/{database}?host={folder}")
    }

    fn server(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let debian = debian.flatten().map(|version| version.path().join("bin"));
    let mut folders = std::env::split_paths(&path).chain(debian);
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn as_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={USER}"))
        .arg(format!("--regid={USER}"))
        .args(["--clear-groups", "--"])
        .arg(program);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}
