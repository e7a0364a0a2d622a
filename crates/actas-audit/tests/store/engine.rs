//! Where a case keeps its record.

use std::sync::Arc;

use actas_audit::{
    AuditLog, AuditLogBuilder, AuditScope, Event, Finding, JudgeError, OpenError, Page,
    RecordReader, Report, Session, SessionId, SessionIdentity, SessionQuery, StoredRecord,
    Timestamp, Verifier,
};
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::issuer::{ISSUER, Issuer};
use crate::postgres::{self, Cluster};

/// One database, with an issuer whose sessions it records.
pub(crate) struct Engine {
    place: Place,
    pub(crate) folder: TempDir,
    pub(crate) issuer: Issuer,
}

enum Place {
    Sqlite,
    Postgres { url: String, cluster: Arc<Cluster> },
}

impl Engine {
    pub(crate) fn sqlite() -> Self {
        Self::at(Place::Sqlite)
    }

    pub(crate) async fn postgres() -> Option<Self> {
        Some(Self::of(postgres::shared().await?).await)
    }

    pub(crate) async fn of(cluster: Arc<Cluster>) -> Self {
        let url = cluster.database().await;
        Self::at(Place::Postgres { url, cluster })
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            folder: tempfile::tempdir().unwrap(),
            issuer: Issuer::new(),
        }
    }

    pub(crate) fn builder(&self) -> AuditLogBuilder {
        let builder = match &self.place {
            Place::Sqlite => AuditLog::sqlite(self.file()),
            Place::Postgres { url, .. } => {
                AuditLog::postgres(url).with_key_file(self.folder.path().join("audit.key"))
            }
        };
        builder.with_clock(self.issuer.clock.clone())
    }

    pub(crate) async fn open(&self) -> AuditLog {
        self.builder().open().await.unwrap()
    }

    pub(crate) async fn read(&self) -> Result<RecordReader, OpenError> {
        match &self.place {
            Place::Sqlite => RecordReader::sqlite(self.file()).await,
            Place::Postgres { url, .. } => RecordReader::postgres(url).await,
        }
    }

    /// Where the PostgreSQL server listens.
    pub(crate) fn socket(&self) -> std::path::PathBuf {
        match &self.place {
            Place::Sqlite => panic!("SQLite has no server"),
            Place::Postgres { cluster, .. } => cluster.socket(),
        }
    }

    /// The URL of the PostgreSQL database.
    pub(crate) fn url(&self) -> &str {
        match &self.place {
            Place::Sqlite => panic!("SQLite has no server"),
            Place::Postgres { url, .. } => url,
        }
    }

    /// The URL of the same database behind a port of this host.
    pub(crate) fn url_by(&self, port: u16) -> String {
        match &self.place {
            Place::Sqlite => panic!("SQLite has no server"),
            Place::Postgres { url, .. } => {
                let (_, name) = url.split_once("localhost/").unwrap();
                let (name, _) = name.split_once('?').unwrap();
                format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable")
            }
        }
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("audit.db")
    }

    /// The text of the two that is this engine's.
    pub(crate) fn choose<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        match &self.place {
            Place::Sqlite => sqlite,
            Place::Postgres { .. } => postgres,
        }
    }

    /// Runs statements on a connection of its own, past the record's own code.
    pub(crate) async fn execute(&self, sql: &str) -> Result<u64, String> {
        let sql = sqlx::AssertSqlSafe(sql);
        let done = match &self.place {
            Place::Sqlite => {
                let mut connection = self.sqlite_connection().await;
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                done.map(|done| done.rows_affected())
            }
            Place::Postgres { url, .. } => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                let path = "SET search_path = actas_audit";
                sqlx::raw_sql(path).execute(&mut connection).await.unwrap();
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                done.map(|done| done.rows_affected())
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// The number that a statement tells on a connection of its own.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql);
        let number = match &self.place {
            Place::Sqlite => {
                let mut connection = self.sqlite_connection().await;
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
            Place::Postgres { url, .. } => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                let path = "SET search_path = actas_audit";
                sqlx::raw_sql(path).execute(&mut connection).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
        };
        number.unwrap()
    }

    /// Keeps all that is written to sessions waiting, until the lock is dropped.
    pub(crate) async fn lock(&self) -> Lock {
        self.lock_table("sessions").await
    }

    pub(crate) async fn lock_table(&self, table: &str) -> Lock {
        match &self.place {
            Place::Sqlite => {
                let mut connection = self.sqlite_connection().await;
                let lock = sqlx::raw_sql("BEGIN EXCLUSIVE");
                lock.execute(&mut connection).await.unwrap();
                Lock::Sqlite(connection)
            }
            Place::Postgres { url, .. } => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                let lock = sqlx::AssertSqlSafe(format!("BEGIN; LOCK TABLE actas_audit.{table}"));
                let lock = sqlx::raw_sql(lock);
                lock.execute(&mut connection).await.unwrap();
                Lock::Postgres(connection)
            }
        }
    }

    pub(crate) async fn postgres_connection(&self) -> sqlx::PgConnection {
        match &self.place {
            Place::Sqlite => panic!("SQLite has no server"),
            Place::Postgres { url, .. } => sqlx::PgConnection::connect(url).await.unwrap(),
        }
    }

    pub(crate) async fn sqlite_connection(&self) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.file());
        sqlx::SqliteConnection::connect_with(&options)
            .await
            .unwrap()
    }
}

/// A transaction that is never committed.
#[expect(dead_code, reason = "it is held")]
pub(crate) enum Lock {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

/// Judges the record and its list of sessions by the public key, as of the issuer's time.
pub(crate) async fn judge(engine: &Engine, log: &AuditLog) -> Result<Report, Finding> {
    let now = i64::try_from(engine.issuer.clock.seconds()).unwrap();
    let verifier = Verifier::new(Timestamp::from_seconds(now)).unwrap();
    let verifier = verifier.add_public_key(log.verifying_key().clone());
    let reader = engine.read().await.unwrap();
    let judged = reader.judge(verifier, |_| ()).await;
    reader.close().await;
    judged.map_err(|error| match error {
        JudgeError::Finding(finding) => finding,
        error => panic!("{error}"),
    })
}

/// Judges the whole record by its public key, as of the issuer's time, and the list of sessions where it holds.
pub(crate) async fn verify(engine: &Engine, log: &AuditLog) -> Result<Report, Finding> {
    let now = i64::try_from(engine.issuer.clock.seconds()).unwrap();
    let verifier = Verifier::new(Timestamp::from_seconds(now)).unwrap();
    let mut verifier = verifier.add_public_key(log.verifying_key().clone());
    let mut records = log.records().await.unwrap();
    while let Some(record) = records.next().await.unwrap() {
        match record {
            StoredRecord::Event(body) => {
                verifier.event(&body)?;
            }
            StoredRecord::Link(link) => {
                verifier.link(&link.stated())?;
            }
            _ => unreachable!(),
        }
    }
    let report = verifier.finish()?;
    assert_eq!(judge(engine, log).await?, report);
    Ok(report)
}

/// What is recorded of the session `sid` while `admin_1` acts in it as `user_1`.
pub(crate) fn session_id(sid: &str) -> SessionId {
    SessionId::of(&SessionIdentity {
        issuer: ISSUER,
        session_key: &format!("sid:{sid}"),
        user_id: "user_1",
        actor_issuer: ISSUER,
        actor_subject: "admin_1",
        organization_id: None,
    })
}

/// The one session of an issuer's session `sid`, whoever acts in it.
pub(crate) async fn session(log: &AuditLog, sid: &str) -> Session {
    let all = SessionQuery::new(AuditScope::All).with_limit(500);
    let mut found = sessions(log, &all).await.items;
    found.retain(|session| session.session_id.as_deref() == Some(sid));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

pub(crate) async fn sessions(log: &AuditLog, query: &SessionQuery) -> Page<Session> {
    log.sessions(query).await.unwrap()
}

pub(crate) async fn events(log: &AuditLog, sid: &str) -> Vec<Event> {
    let id = session(log, sid).await.id;
    let events = log.events(&AuditScope::All, id, 0, 500).await;
    let events = events
        .unwrap()
        .into_iter()
        .map(|event| event.event().unwrap());
    events.collect()
}

pub(crate) async fn kinds(log: &AuditLog, sid: &str) -> Vec<&'static str> {
    let events = events(log, sid).await;
    events.iter().map(|event| event.kind.name()).collect()
}
