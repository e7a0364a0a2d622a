use std::fmt;

/// A database failed.
///
/// It says what the database said, which may name a user and a table, and never a password or what a row holds.
#[derive(Debug)]
pub struct StoreError {
    message: String,
    fault: Fault,
}

/// What is at fault where the database failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The database is away, busy or full: it is the same for all that is written.
    Database,
    /// What was to be written, or the rows that it concerns: it fails each time.
    Row,
    /// It cannot be told. Other rows may be well.
    Unknown,
}

impl StoreError {
    /// An error that is none of a database's.
    #[doc(hidden)]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            fault: Fault::Database,
        }
    }

    /// What is told of a driver's error.
    #[doc(hidden)]
    #[must_use]
    pub fn of(error: &sqlx::Error) -> Self {
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
            Error::PoolClosed => "it is closed".to_owned(),
            Error::Protocol(_) => "the connection ended or does not speak the protocol".to_owned(),
            Error::ColumnDecode { index, .. } => format!("a column is not of its type: {index}"),
            Error::RowNotFound => "a row is missing".to_owned(),
            Error::Encode(_) => "a value is not of its column's type".to_owned(),
            _ => "the driver cannot go on".to_owned(),
        };
        Self { message, fault }
    }

    /// What is at fault.
    #[doc(hidden)]
    #[must_use]
    pub const fn fault(&self) -> Fault {
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
