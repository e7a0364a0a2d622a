use std::fmt;
use std::path::PathBuf;

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
    /// The database was made by a later release.
    Newer,
    /// The database's tables are not as this crate makes them.
    Schema(StoreError),
    /// The database, which is only read, cannot be.
    Unreadable(StoreError),
    /// The database, which is only read, holds no record.
    NoRecord,
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

/// Why a database does not show that its record holds.
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

/// The database that holds the record failed.
///
/// It says what the database said, which may name a user and a table, and never a password or what is recorded.
#[derive(Debug)]
pub struct StoreError {
    message: String,
    /// A row is not as it must be, and other sessions' rows may well be.
    is_of_a_row: bool,
}

impl StoreError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_of_a_row: false,
        }
    }

    pub(super) fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error;
        use sqlx::error::ErrorKind;
        let is_of_a_row = match error {
            Error::Database(error) => {
                !matches!(error.kind(), ErrorKind::Other)
                    || error.code().is_some_and(|code| is_raised(&code))
            }
            Error::ColumnDecode { .. } | Error::RowNotFound => true,
            _ => false,
        };
        let message = match error {
            // Its detail may hold values of a row; its message does not.
            Error::Database(error) => error.message().to_owned(),
            Error::Io(error) => error.to_string(),
            Error::Tls(error) => format!("TLS: {error}"),
            Error::PoolTimedOut => "no connection within the time given".to_owned(),
            Error::PoolClosed => "the record is closed".to_owned(),
            Error::Protocol(_) => "the connection ended or does not speak the protocol".to_owned(),
            Error::ColumnDecode { index, .. } => format!("a column is not of its type: {index}"),
            Error::RowNotFound => "a row is missing".to_owned(),
            _ => "the driver cannot go on".to_owned(),
        };
        Self {
            message,
            is_of_a_row,
        }
    }

    /// Whether the rows of one session are at fault, and not the database.
    pub(super) const fn is_of_a_row(&self) -> bool {
        self.is_of_a_row
    }
}

/// Whether a trigger has raised the error: PostgreSQL's `raise_exception`, SQLite's `SQLITE_CONSTRAINT_TRIGGER`.
fn is_raised(code: &str) -> bool {
    matches!(code, "P0001" | "1811")
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

/// Why something that the application asked to be recorded was not.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecordError {
    /// The record holds no such session.
    UnknownSession,
    /// It was not written in time. It may be written all the same once the database answers, unless the process ends before.
    NotWritten,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownSession => "the audit record holds no such session",
            Self::NotWritten => "the audit record could not be written in time",
        })
    }
}

impl std::error::Error for RecordError {}
