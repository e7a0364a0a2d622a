use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::time::Duration;

use crate::database::Database;
use crate::error::StoreError;
use crate::migrate::{check_encoding, run};
use crate::open_error::OpenError;
use crate::tables::Tables;

/// Where a database lies.
pub enum Place {
    /// In a file of SQLite, which is made where it does not exist.
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    /// At a URL of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(String),
}

impl Place {
    /// Opens the database, and makes or updates `tables`. Several processes may do so at once.
    ///
    /// `wait` is how long a connection, or another process that writes, is waited for.
    pub async fn open(
        &self,
        tables: &'static Tables,
        wait: Duration,
    ) -> Result<Database, OpenError> {
        let database = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => {
                Database::sqlite(path, wait).map_err(|error| self.failed(error))?
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                Database::postgres(url, tables.schema, wait).map_err(|_| OpenError::Url)?
            }
        };
        let encoding = check_encoding(&database).await;
        if let Some(encoding) = encoding.map_err(|error| self.failed(error))? {
            return Err(OpenError::Encoding(encoding));
        }
        match run(&database, tables, wait).await {
            Ok(()) => Ok(database),
            Err(OpenError::Database(error)) => Err(self.failed(error)),
            Err(error) => Err(error),
        }
    }

    /// What is told of an error of the database that lies here.
    #[must_use]
    pub fn failed(&self, error: StoreError) -> OpenError {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => OpenError::File {
                path: path.clone(),
                error,
            },
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => OpenError::Database(error),
        }
    }

    /// Whether the processes of several hosts may use it, which tell each other what they write.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
        }
    }
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
