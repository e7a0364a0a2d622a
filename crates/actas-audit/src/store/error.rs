use std::fmt;
use std::path::PathBuf;

use actas_store::StoreError;

use crate::key::KeyError;
use crate::verify::Finding;

/// Why an audit record cannot be opened. It holds no password and no URL.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The signing key cannot be had.
    Key(KeyError),
    /// No signing key was named.
    ///
    /// Beside a SQLite file there is a place for one. With PostgreSQL the application names it.
    NoKey,
    /// The URL of the PostgreSQL database cannot be read.
    Url,
    /// The SQLite file cannot be opened or made.
    File {
        /// The file.
        path: PathBuf,
        /// What the database says.
        error: StoreError,
    },
    /// The database cannot be reached, or refuses.
    Database(StoreError),
    /// The PostgreSQL database has an encoding in which not every text can be stored.
    Encoding(String),
    /// The record was last signed by another key than that of the key file: the file was lost, or is another's.
    OtherKey {
        /// The id of the key that signed the last link.
        signed_by: String,
        /// The id of the key in the file.
        found: String,
    },
    /// The record is signed, and the key file is not there: it was lost, or is another's place. None is made.
    KeyLost {
        /// The id of the key that signed the last link.
        signed_by: String,
        /// The key file.
        path: PathBuf,
    },
    /// The database was made by a later release.
    Newer,
    /// The database's tables are not as this crate makes them.
    Schema(StoreError),
    /// The database, which is only read, cannot be.
    Unreadable(StoreError),
    /// The database, which is only read, holds no record.
    NoRecord,
}

impl OpenError {
    /// Why the database of a record cannot be opened.
    pub(super) fn of(error: actas_store::OpenError) -> Self {
        use actas_store::OpenError as Error;
        match error {
            Error::Url => Self::Url,
            Error::File { path, error } => Self::File { path, error },
            Error::Database(error) => Self::Database(error),
            Error::Encoding(encoding) => Self::Encoding(encoding),
            Error::Newer => Self::Newer,
            Error::Schema(error) => Self::Schema(error),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::NoKey => f.write_str(
                "no signing key is named for the audit record: name its file by with_key_file, on this host and outside the database",
            ),
            Self::Url => f.write_str(
                "the URL of the audit database cannot be read: it has the form postgres://user:password@host:5432/database",
            ),
            Self::File { path, error } => write!(
                f,
                "the audit record {} cannot be opened: {error}; its folder must exist, and be writable",
                path.display()
            ),
            Self::Database(error) => write!(
                f,
                "the audit database cannot be used: {error}; see that it runs, and that its user may create a schema or owns actas_audit"
            ),
            Self::Encoding(encoding) => write!(
                f,
                "the audit database has the encoding {encoding}, in which not every text can be stored: make it with the encoding UTF8"
            ),
            Self::OtherKey { signed_by, found } => write!(
                f,
                "the audit record was last signed by the key {signed_by}, and the key file holds the key {found}: put the file back, or give a new key on purpose by with_signing_key"
            ),
            Self::KeyLost { signed_by, path } => write!(
                f,
                "the audit record was last signed by the key {signed_by}, and the key file {} is not there: put it back, or give a new key on purpose by with_signing_key",
                path.display()
            ),
            Self::Newer => f.write_str(
                "the audit record was made by a later release of actas-audit: use that release or a later one",
            ),
            Self::Schema(error) => write!(f, "the tables of the audit record cannot be made: {error}"),
            Self::Unreadable(error) => write!(f, "the audit database cannot be read: {error}"),
            Self::NoRecord => f.write_str("the database holds no audit record"),
        }
    }
}

impl std::error::Error for OpenError {}

/// Why a record cannot be read to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum JudgeError {
    /// The record does not hold.
    Finding(Finding),
    /// The database failed.
    Store(StoreError),
}

impl fmt::Display for JudgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(finding) => finding.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JudgeError {}

/// Why something that the application asked to be recorded was not.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecordError {
    /// The record holds no such session.
    UnknownSession,
    /// The record holds the session already, which was to be started.
    SessionExists,
    /// The session's row in the database was not written by this record: nothing more is recorded of the session.
    BrokenSession,
    /// It was not written in time. It may be written all the same once the database answers, unless the process ends before.
    ///
    /// The end of a session whose row was not written by this record is never written: it holds in this process alone.
    NotWritten,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownSession => "the audit record holds no such session",
            Self::SessionExists => "the audit record holds the session already",
            Self::BrokenSession => "the session's row was not written by the audit record",
            Self::NotWritten => "the audit record could not be written in time",
        })
    }
}

impl std::error::Error for RecordError {}
