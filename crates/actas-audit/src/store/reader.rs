#[cfg(feature = "sqlite")]
use std::path::Path;
use std::time::Duration;

use actas_store::{Database, Fault, StoreError, decode, version};

use super::compare;
use super::error::{JudgeError, OpenError};
use super::ledger;
use super::records::{Records, StoredRecord};
use super::tables::TABLES;
use crate::key::KeyId;
use crate::verify::{Finding, Place, Problem, Report, Verifier};

const WAIT: Duration = Duration::from_secs(5);

/// A record in a database, as it is: to be verified or exported by whoever does not write it.
///
/// It needs no signing key, makes and changes no tables, and closes no sessions. It must be used within a tokio runtime.
pub struct RecordReader {
    pub(super) database: Database,
}

impl RecordReader {
    /// Opens the record in a SQLite file, which may be in use.
    ///
    /// Nothing is written to the file. SQLite may put two files of its own beside it, which readers and writers share; where
    /// the folder cannot be written, the file is read as one that nobody changes.
    ///
    /// # Errors
    ///
    /// [`OpenError::Unreadable`], [`OpenError::NoRecord`] or [`OpenError::Newer`].
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let reader = Self {
            database: Database::sqlite_read_only(path, false, WAIT),
        };
        let reader = match version(&reader.database, &TABLES).await {
            Err(error) if is_for_want_of_files(&error) && has_no_log(path) => Self {
                database: Database::sqlite_read_only(path, true, WAIT),
            },
            _ => reader,
        };
        reader.checked().await
    }

    /// Opens the record in a PostgreSQL database, by a URL as [`AuditLog::postgres`](crate::AuditLog::postgres) takes it. The
    /// right to read the schema `actas_audit` is enough.
    ///
    /// # Errors
    ///
    /// [`OpenError::Url`], [`OpenError::Unreadable`], [`OpenError::NoRecord`] or [`OpenError::Newer`].
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: &str) -> Result<Self, OpenError> {
        let database = Database::postgres(url, TABLES.schema, WAIT);
        let reader = Self {
            database: database.map_err(|_| OpenError::Url)?,
        };
        reader.checked().await
    }

    /// The whole record as it is now, in constant memory.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn records(&self) -> Result<Records, StoreError> {
        Records::of(&self.database).await
    }

    /// Judges the whole record as it is now, in constant memory: first the events and the links, then the list of sessions by
    /// them, for which the events are read once more.
    ///
    /// `progress` is told how many bytes of bodies have been read, after each.
    ///
    /// # Errors
    ///
    /// [`JudgeError::Finding`] when the record does not hold, and [`JudgeError::Store`] when the database fails.
    pub async fn judge(
        &self,
        mut verifier: Verifier,
        mut progress: impl FnMut(u64),
    ) -> Result<Report, JudgeError> {
        let mut records = self.records().await.map_err(JudgeError::Store)?;
        let mut bytes = 0_u64;
        let mut read = |length| {
            bytes = bytes.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
            progress(bytes);
        };
        while let Some(record) = records.next().await.map_err(judged)? {
            let body = match &record {
                StoredRecord::Event(body) => {
                    verifier.event(body).map_err(JudgeError::Finding)?;
                    body
                }
                StoredRecord::Link(link) => {
                    let stated = link.stated();
                    verifier.link(&stated).map_err(JudgeError::Finding)?;
                    &link.body
                }
            };
            read(body.len());
        }
        let report = verifier.finish().map_err(JudgeError::Finding)?;
        let list = compare::list(&mut records.connection, read).await;
        let list = list.map_err(|error| judged(StoreError::of(&error)))?;
        list.map(|()| report).map_err(JudgeError::Finding)
    }

    /// The key that the last link of the ledger names, if there is a link.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails, or the row is not as this crate writes it.
    pub async fn last_key(&self) -> Result<Option<KeyId>, StoreError> {
        let read = async {
            let mut connection = self.database.reader().await?;
            let key = ledger::last_key(&mut connection).await?;
            let key = key.map(|key| key.parse()).transpose();
            key.map_err(|error| decode(0, error))
        };
        let read: Result<_, sqlx::Error> = read.await;
        read.map_err(|error| StoreError::of(&error))
    }

    /// Ends the connections.
    pub async fn close(self) {
        self.database.close().await;
    }

    async fn checked(self) -> Result<Self, OpenError> {
        let version = version(&self.database, &TABLES).await;
        match version.map_err(|error| OpenError::Unreadable(StoreError::of(&error)))? {
            None => Err(OpenError::NoRecord),
            Some(version) if version > TABLES.version() => Err(OpenError::Newer),
            Some(_) => Ok(self),
        }
    }
}

/// A row that cannot be read is none that was written.
fn judged(error: StoreError) -> JudgeError {
    if error.fault() == Fault::Row {
        JudgeError::Finding(Finding::new(Place::Record, Problem::Row))
    } else {
        JudgeError::Store(error)
    }
}

/// Whether SQLite could not make the files beside the database that it reads it by.
#[cfg(feature = "sqlite")]
fn is_for_want_of_files(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    // The primary code stands in the low byte: 8 is SQLITE_READONLY, 14 SQLITE_CANTOPEN.
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| matches!(code & 0xff, 8 | 14))
}

/// Whether all of the database is in its own file. If not, what is in the write-ahead log must be read too.
#[cfg(feature = "sqlite")]
fn has_no_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    path.is_file() && std::fs::metadata(log).map_or(true, |log| log.len() == 0)
}
