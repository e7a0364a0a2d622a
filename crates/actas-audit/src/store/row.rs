use std::borrow::Cow;

use sqlx::Row as _;

use super::nul;
use crate::hash::Hash;

/// A value that a statement is run with.
#[derive(Clone, Copy)]
pub(super) enum Arg<'a> {
    /// Any text.
    Text(&'a str),
    /// Any text, or NULL.
    OptionalText(Option<&'a str>),
    /// Text that is stored as it is: it holds no NUL.
    Verbatim(&'a str),
    Int(i64),
    OptionalInt(Option<i64>),
    Bytes(&'a [u8]),
    OptionalHash(Option<&'a Hash>),
}

impl Arg<'_> {
    pub(super) fn text(text: &str) -> Cow<'_, str> {
        nul::escaped(text)
    }
}

/// A row of either engine. Its columns are read by their place, from 0.
pub(super) enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::sqlite::SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! column {
    ($row:expr, $index:expr) => {
        match $row {
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => row.try_get($index),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => row.try_get($index),
        }
    };
}

impl Row {
    pub(super) fn text(&self, index: usize) -> Result<String, sqlx::Error> {
        self.verbatim(index).map(nul::unescaped)
    }

    pub(super) fn optional_text(&self, index: usize) -> Result<Option<String>, sqlx::Error> {
        let text: Option<String> = column!(self, index)?;
        Ok(text.map(nul::unescaped))
    }

    pub(super) fn verbatim(&self, index: usize) -> Result<String, sqlx::Error> {
        column!(self, index)
    }

    pub(super) fn int(&self, index: usize) -> Result<i64, sqlx::Error> {
        column!(self, index)
    }

    pub(super) fn optional_int(&self, index: usize) -> Result<Option<i64>, sqlx::Error> {
        column!(self, index)
    }

    /// A count or a number from 1, never negative.
    pub(super) fn count(&self, index: usize) -> Result<u64, sqlx::Error> {
        u64::try_from(self.int(index)?).map_err(|error| decode(index, error))
    }

    pub(super) fn hash(&self, index: usize) -> Result<Hash, sqlx::Error> {
        self.array(index).map(Hash::from_bytes)
    }

    pub(super) fn optional_hash(&self, index: usize) -> Result<Option<Hash>, sqlx::Error> {
        let bytes: Option<Vec<u8>> = column!(self, index)?;
        let hash = |bytes: Vec<u8>| bytes.as_slice().try_into().map(Hash::from_bytes);
        bytes
            .map(hash)
            .transpose()
            .map_err(|error| decode(index, error))
    }

    pub(super) fn array<const N: usize>(&self, index: usize) -> Result<[u8; N], sqlx::Error> {
        let bytes: Vec<u8> = column!(self, index)?;
        let bytes = bytes.as_slice();
        bytes.try_into().map_err(|error| decode(index, error))
    }
}

/// A column holds what this crate never writes there.
pub(super) fn decode(
    index: usize,
    source: impl std::error::Error + Send + Sync + 'static,
) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: index.to_string(),
        source: Box::new(source),
    }
}
