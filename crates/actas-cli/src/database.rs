//! The database that holds a record.

use std::io;
use std::path::Path;

use actas_audit::{Escaped, OpenError, RecordReader};
use tokio::runtime::Builder;

/// What every SQLite file begins with.
pub(crate) const SQLITE: &[u8] = b"SQLite format 3\0";

#[derive(Clone, Copy)]
pub(crate) enum Database<'a> {
    Sqlite(&'a Path),
    Postgres(&'a str),
}

impl<'a> Database<'a> {
    /// The database whose URL `argument` is, if it is one.
    pub(crate) fn by_url(argument: &'a Path) -> Option<Self> {
        let text = argument.to_str()?;
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        is_url.then_some(Self::Postgres(text))
    }

    /// The database that `argument` names: by its URL, or as a SQLite file.
    pub(crate) fn of(argument: &'a Path) -> Self {
        Self::by_url(argument).unwrap_or(Self::Sqlite(argument))
    }

    /// What messages call it. A URL may hold a password.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Sqlite(path) => Escaped(&path.to_string_lossy()).to_string(),
            Self::Postgres(_) => "the database".to_owned(),
        }
    }

    /// Opens it to be read.
    pub(crate) async fn open(self) -> Result<RecordReader, OpenError> {
        match self {
            Self::Sqlite(path) => RecordReader::sqlite(path).await,
            Self::Postgres(url) => RecordReader::postgres(url).await,
        }
    }
}

/// Does what waits for a database, or for an issuer's keys.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(work))
}
