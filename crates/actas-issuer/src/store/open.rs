use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actas_store::{Database, MigrateError, check_encoding, run};

use super::error::SetupError;
use super::tables::TABLES;

/// How long a connection, or another process that writes, is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// Where the rows lie.
pub(crate) enum Place {
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(String),
}

/// The rows of one issuer.
#[derive(Clone)]
pub(crate) struct Store {
    pub(super) database: Database,
    pub(super) issuer: Arc<str>,
}

impl Store {
    pub(crate) async fn open(place: &Place, issuer: &str) -> Result<Self, SetupError> {
        let opened = async {
            let database = place.database()?;
            prepare(&database).await?;
            Ok(database)
        };
        let database = opened.await.map_err(|error| place.explain(error))?;
        Ok(Self {
            database,
            issuer: issuer.into(),
        })
    }

    /// Ends the connections, each once it is given back.
    pub(crate) async fn close(&self) {
        self.database.close().await;
    }
}

impl Place {
    fn database(&self) -> Result<Database, SetupError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => Database::sqlite(path, WAIT).map_err(SetupError::Database),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                Database::postgres(url, TABLES.schema, WAIT).map_err(|_| SetupError::Url)
            }
        }
    }

    fn explain(&self, error: SetupError) -> SetupError {
        match (self, error) {
            #[cfg(feature = "sqlite")]
            (Self::Sqlite(path), SetupError::Database(error)) => SetupError::File {
                path: path.clone(),
                error,
            },
            (_, error) => error,
        }
    }
}

async fn prepare(database: &Database) -> Result<(), SetupError> {
    match check_encoding(database).await {
        Ok(None) => (),
        Ok(Some(encoding)) => return Err(SetupError::Encoding(encoding)),
        Err(error) => return Err(SetupError::Database(error)),
    }
    run(database, &TABLES, WAIT)
        .await
        .map_err(|error| match error {
            MigrateError::Newer => SetupError::Newer,
            MigrateError::Database(error) => SetupError::Database(error),
            MigrateError::Schema(error) => SetupError::Schema(error),
        })
}

impl fmt::Debug for Place {
    /// A URL may hold a password: it is not told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "Sqlite",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "Postgres",
        })
    }
}
