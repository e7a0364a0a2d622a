use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use actas_store::{Database, MigrateError, StoreError, check_encoding, run};

use super::error::OpenError;
use super::ledger;
use super::tables::TABLES;
use crate::key::{KeyError, SigningKey};

/// The signing key's file beside a SQLite database.
#[cfg(feature = "sqlite")]
const KEY_FILE: &str = "audit.key";

/// The database that a record lies in.
pub(super) enum Place {
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(String),
}

/// The key that it is signed with.
pub(super) enum KeyPlace {
    Given(SigningKey),
    File(PathBuf),
}

impl Place {
    /// Whether the processes of several hosts may use it, which tell each other what they write.
    pub(super) const fn is_shared(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
        }
    }

    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unnecessary_wraps, reason = "at PostgreSQL it must be named")
    )]
    pub(super) fn key(&self, key: Option<KeyPlace>) -> Result<KeyPlace, OpenError> {
        match (key, self) {
            (Some(key), _) => Ok(key),
            #[cfg(feature = "sqlite")]
            (None, Self::Sqlite(path)) => Ok(KeyPlace::File(path.with_file_name(KEY_FILE))),
            #[cfg(feature = "postgres")]
            (None, Self::Postgres(_)) => Err(OpenError::NoKey),
        }
    }

    pub(super) fn database(&self, wait: Duration) -> Result<Database, OpenError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => Database::sqlite(path, wait).map_err(OpenError::Database),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                Database::postgres(url, TABLES.schema, wait).map_err(|_| OpenError::Url)
            }
        }
    }

    pub(super) fn explain(&self, error: OpenError) -> OpenError {
        match (self, error) {
            #[cfg(feature = "sqlite")]
            (Self::Sqlite(path), OpenError::Database(error)) => OpenError::File {
                path: path.clone(),
                error,
            },
            (_, error) => error,
        }
    }
}

/// Makes or updates the tables.
pub(super) async fn prepare(database: &Database, wait: Duration) -> Result<(), OpenError> {
    match check_encoding(database).await {
        Ok(None) => (),
        Ok(Some(encoding)) => return Err(OpenError::Encoding(encoding)),
        Err(error) => return Err(OpenError::Database(error)),
    }
    run(database, &TABLES, wait)
        .await
        .map_err(|error| match error {
            MigrateError::Newer => OpenError::Newer,
            MigrateError::Database(error) => OpenError::Database(error),
            MigrateError::Schema(error) => OpenError::Schema(error),
        })
}

/// The key in a file, which is made where nothing was signed yet: one that was lost is not silently replaced by a new one.
pub(super) async fn key_of(database: &Database, path: PathBuf) -> Result<SigningKey, OpenError> {
    let last = async {
        let mut connection = database.reader().await?;
        ledger::last_key(&mut connection).await
    };
    let last = last
        .await
        .map_err(|error| OpenError::Database(StoreError::of(&error)))?;
    let Some(signed_by) = last else {
        return SigningKey::open_or_create(path).map_err(OpenError::Key);
    };
    let key = match SigningKey::open(&path) {
        Ok(key) => key,
        Err(KeyError::File { error, .. }) if error.kind() == ErrorKind::NotFound => {
            return Err(OpenError::KeyLost { signed_by, path });
        }
        Err(error) => return Err(OpenError::Key(error)),
    };
    let found = key.verifying_key().id().to_string();
    if signed_by == found {
        Ok(key)
    } else {
        Err(OpenError::OtherKey { signed_by, found })
    }
}
