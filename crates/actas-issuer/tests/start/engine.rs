//! Where a case keeps its rows and its record.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actas_audit::AuditLog;
use actas_core::{Clock, Direct};
use actas_issuer::{
    EphemeralIssuer, Impersonations, ImpersonationsBuilder, Issuer, KeyFile, SetupError,
    SigningAlgorithm, StartPolicy, TestSession,
};
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::node::Node;
use crate::postgres::{self, Cluster};
use crate::rules::Directory;

/// The `iss` of impersonated sessions.
pub(crate) const ISSUER: &str = "https://app.example.com";
/// 2026-11-25T07:00:00Z
pub(crate) const START: u64 = 1_795_590_000;

#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<AtomicU64>);

impl Hands {
    pub(crate) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn seconds(&self) -> i64 {
        i64::try_from(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

impl Clock for Hands {
    fn now(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed))
    }
}

/// Databases of an application, with the users who sign in to it.
pub(crate) struct Engine {
    place: Place,
    folder: TempDir,
    pub(crate) clock: Hands,
    login: EphemeralIssuer,
    pub(crate) directory: Directory,
}

/// The record and the starts lie apart, so that one can be away.
enum Place {
    Sqlite,
    Postgres {
        record: String,
        starts: String,
        _cluster: Arc<Cluster>,
    },
}

impl Engine {
    pub(crate) fn sqlite() -> Self {
        Self::at(Place::Sqlite)
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let cluster = postgres::shared().await?;
        Some(Self::at(Place::Postgres {
            record: cluster.database().await,
            starts: cluster.database().await,
            _cluster: cluster,
        }))
    }

    fn at(place: Place) -> Self {
        let clock = Hands(Arc::new(AtomicU64::new(START)));
        let login = Issuer::ephemeral()
            .unwrap()
            .with_clock(clock.clone())
            .unwrap();
        Self {
            place,
            folder: tempfile::tempdir().unwrap(),
            clock,
            directory: Directory::new(login.url()),
            login,
        }
    }

    /// A session of somebody who is signed in.
    pub(crate) fn session(&self, user_id: &str) -> TestSession {
        self.login.session(user_id)
    }

    /// Somebody who is signed in, as themselves.
    pub(crate) fn direct(&self, user_id: &str) -> Direct {
        self.verified(&self.session(user_id))
    }

    pub(crate) fn verified(&self, session: &TestSession) -> Direct {
        let auth = self.login.verifier().verify(&session.token()).now();
        auth.unwrap().direct().unwrap()
    }

    pub(crate) async fn node(&self) -> Node {
        self.node_with(|builder| builder).await
    }

    pub(crate) async fn node_with(
        &self,
        set: impl FnOnce(ImpersonationsBuilder) -> ImpersonationsBuilder,
    ) -> Node {
        self.node_of(set, self.directory.policy()).await
    }

    /// A process of its own, or as good as one.
    pub(crate) async fn node_of(
        &self,
        set: impl FnOnce(ImpersonationsBuilder) -> ImpersonationsBuilder,
        policy: impl StartPolicy,
    ) -> Node {
        self.try_node(set, policy).await.unwrap()
    }

    pub(crate) async fn try_node(
        &self,
        set: impl FnOnce(ImpersonationsBuilder) -> ImpersonationsBuilder,
        policy: impl StartPolicy,
    ) -> Result<Node, SetupError> {
        let log = match &self.place {
            Place::Sqlite => AuditLog::sqlite(self.record()),
            Place::Postgres { record, .. } => {
                AuditLog::postgres(record).with_key_file(self.folder.path().join("audit.key"))
            }
        };
        let log = log
            .with_deadline(Duration::from_secs(1))
            .with_clock(self.clock.clone());
        let log = log.open().await.unwrap();
        let keys = KeyFile::open_or_create(
            self.folder.path().join("issuer.keys"),
            SigningAlgorithm::EdDsa,
        )
        .unwrap();
        let issuer = Issuer::new(ISSUER, keys).unwrap();
        let issuer = issuer.with_clock(self.clock.clone()).unwrap();
        let builder = match &self.place {
            Place::Sqlite => Impersonations::sqlite(self.starts()),
            Place::Postgres { starts, .. } => Impersonations::postgres(starts),
        };
        // A case asks the policy again when it wants to.
        let builder = builder
            .with_user_issuer(self.login.url())
            .with_recheck_interval(Duration::from_hours(24));
        let opened = set(builder).open(issuer, log.clone(), policy).await;
        opened.map(|opened| Node::new(opened, log))
    }

    /// Starts in the database of the record.
    pub(crate) fn beside_record(&self) -> ImpersonationsBuilder {
        let builder = match &self.place {
            Place::Sqlite => Impersonations::sqlite(self.record()),
            Place::Postgres { record, .. } => Impersonations::postgres(record),
        };
        builder.with_user_issuer(self.login.url())
    }

    fn record(&self) -> PathBuf {
        self.folder.path().join("audit.db")
    }

    pub(crate) fn starts(&self) -> PathBuf {
        self.folder.path().join("starts.db")
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite)
    }

    /// Nobody can write to the record until what this returns is dropped.
    pub(crate) async fn hold_record(&self) -> Held {
        match &self.place {
            Place::Sqlite => {
                let mut held = open_sqlite(self.record()).await;
                let lock = "BEGIN EXCLUSIVE";
                sqlx::raw_sql(lock).execute(&mut held).await.unwrap();
                Held::Sqlite(held)
            }
            Place::Postgres { record, .. } => {
                let mut held = sqlx::PgConnection::connect(record).await.unwrap();
                let lock = "BEGIN; LOCK TABLE actas_audit.sessions IN EXCLUSIVE MODE";
                sqlx::raw_sql(lock).execute(&mut held).await.unwrap();
                Held::Postgres(held)
            }
        }
    }

    /// The number that a statement tells of the starts, on a connection of its own.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql);
        let number = match &self.place {
            Place::Sqlite => {
                let mut connection = open_sqlite(self.starts()).await;
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
            Place::Postgres { starts, .. } => {
                let mut connection = sqlx::PgConnection::connect(starts).await.unwrap();
                let path = "SET search_path = actas_issuer";
                sqlx::raw_sql(path).execute(&mut connection).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
        };
        number.unwrap()
    }

    /// All that is stored of the starts, as text at PostgreSQL.
    pub(crate) async fn stored(&self) -> Vec<u8> {
        let Place::Postgres { starts, .. } = &self.place else {
            let mut bytes = Vec::new();
            for file in ["starts.db", "starts.db-wal"] {
                bytes.extend(std::fs::read(self.folder.path().join(file)).unwrap());
            }
            return bytes;
        };
        let mut connection = sqlx::PgConnection::connect(starts).await.unwrap();
        let rows = "SELECT string_agg(row::text, ' ') FROM (
            SELECT t::text AS row FROM actas_issuer.starts t
            UNION ALL SELECT t::text FROM actas_issuer.tickets t) all_rows";
        let rows: String = sqlx::query_scalar(rows)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        rows.into_bytes()
    }
}

pub(crate) enum Held {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Held {
    pub(crate) async fn release(self) {
        let done = match self {
            Self::Sqlite(mut held) => sqlx::raw_sql("COMMIT").execute(&mut held).await.map(drop),
            Self::Postgres(mut held) => sqlx::raw_sql("COMMIT").execute(&mut held).await.map(drop),
        };
        done.unwrap();
    }
}

async fn open_sqlite(path: PathBuf) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap()
}
