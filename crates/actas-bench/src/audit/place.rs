use std::path::PathBuf;

use actas_audit::AuditLog;
use tempfile::TempDir;

use super::cluster::Cluster;

/// A database of its own, gone when it is dropped.
pub(super) struct Place {
    database: Database,
    pub(super) folder: TempDir,
}

enum Database {
    Sqlite,
    Postgres(Cluster),
}

impl Place {
    /// `sqlite` or `postgres`.
    pub(super) fn new(store: &str) -> Self {
        let database = match store {
            "sqlite" => Database::Sqlite,
            "postgres" => Database::Postgres(Cluster::start()),
            _ => panic!("no store {store}: sqlite or postgres"),
        };
        Self {
            database,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) async fn open(&self) -> AuditLog {
        let builder = match &self.database {
            Database::Sqlite => AuditLog::sqlite(self.target()),
            Database::Postgres(_) => AuditLog::postgres(self.target()),
        };
        builder.with_key_file(self.key_file()).open().await.unwrap()
    }

    /// A file, or a URL.
    pub(super) fn target(&self) -> String {
        match &self.database {
            Database::Sqlite => {
                let file = self.folder.path().join("audit.db");
                file.to_str().unwrap().to_owned()
            }
            Database::Postgres(cluster) => cluster.url(),
        }
    }

    pub(super) fn key_file(&self) -> PathBuf {
        self.folder.path().join("audit.key")
    }

    pub(super) fn version(&self) -> String {
        match &self.database {
            Database::Sqlite => "SQLite".to_owned(),
            Database::Postgres(cluster) => cluster.version(),
        }
    }
}
