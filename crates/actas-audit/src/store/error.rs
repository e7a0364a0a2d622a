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
    /// The PostgreSQL database has an encoding in which not every text can be stored.
    Encoding(String),
    /// The record was last signed by another key than that of the key file: the file was lost, or is another's.
    OtherKey {
        /// The id of the key that signed the last link.
        signed_by: String,
        /// The id of the key in the file.
        found: String,
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
    fault: Fault,
}

/// What is at fault where the database failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The database is away, busy or full: it is the same for all that is written.
    Database,
    /// What was to be written, or the rows of its session: it fails each time.
    Row,
    /// It cannot be told. Other sessions may be well.
    Unknown,
}

impl StoreError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            fault: Fault::Database,
        }
    }

    pub(super) fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error;
        use sqlx::error::ErrorKind;
        let fault = match error {
            Error::Database(error) if error.kind() != ErrorKind::Other => Fault::Row,
            Error::Database(error) => error.code().map_or(Fault::Unknown, |code| fault(&code)),
            Error::ColumnDecode { .. } | Error::RowNotFound | Error::Encode(_) => Fault::Row,
            _ => Fault::Database,
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
            Error::Encode(_) => "a value is not of its column's type".to_owned(),
            _ => "the driver cannot go on".to_owned(),
        };
        Self { message, fault }
    }

    pub(super) const fn fault(&self) -> Fault {
        self.fault
    }
}

/// By the SQLSTATE of PostgreSQL, of five characters, or the result code of SQLite, a number.
fn fault(code: &str) -> Fault {
    if code.len() == 5 {
        return match code.get(..2) {
            // Data, integrity, what a trigger has raised, limits of what a row and an index can hold.
            Some("22" | "23" | "P0" | "54") => Fault::Row,
            // Connections, roles, states of a transaction, rollbacks, resources, locks, operators, the system.
            Some("08" | "25" | "28" | "40" | "53" | "55" | "57" | "58") => Fault::Database,
            _ => Fault::Unknown,
        };
    }
    // The primary code stands in the low byte.
    match code.parse::<u32>().map(|code| code & 0xff) {
        // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH
        Ok(18..=20) => Fault::Row,
        // SQLITE_BUSY, _LOCKED, _NOMEM, _READONLY, _INTERRUPT, _IOERR, _FULL, _CANTOPEN, _PROTOCOL
        Ok(5..=10 | 13..=15) => Fault::Database,
        _ => Fault::Unknown,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_or_absent_database_is_no_fault_of_a_row() {
        for code in [
            "08006", "25006", "40P01", "53100", "55P03", "57014", "57P01",
        ] {
            assert_eq!(fault(code), Fault::Database, "{code}");
        }
        for code in ["5", "6", "8", "13", "14", "261", "517", "778", "2570"] {
            assert_eq!(fault(code), Fault::Database, "{code}");
        }
        for code in [
            "22P05", "22021", "23514", "54000", "P0001", "18", "275", "1811",
        ] {
            assert_eq!(fault(code), Fault::Row, "{code}");
        }
        // A table or a right that is missing, a damaged file.
        for code in ["42P01", "42501", "XX001", "1", "11"] {
            assert_eq!(fault(code), Fault::Unknown, "{code}");
        }
    }
}
