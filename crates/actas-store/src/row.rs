use std::borrow::Cow;

use sqlx::Row as _;

use crate::nul;

/// A value that a statement is run with.
#[derive(Clone, Copy)]
pub enum Arg<'a> {
    /// Any text.
    Text(&'a str),
    /// Any text, or NULL.
    OptionalText(Option<&'a str>),
    /// Text that is stored as it is: it holds no NUL.
    Verbatim(&'a str),
    /// A number.
    Int(i64),
    /// A number, or NULL.
    OptionalInt(Option<i64>),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Bytes, or NULL.
    OptionalBytes(Option<&'a [u8]>),
}

impl Arg<'_> {
    pub(crate) fn text(text: &str) -> Cow<'_, str> {
        nul::escaped(text)
    }
}

/// A row of either engine. Its columns are read by their place, from 0.
pub enum Row {
    #[cfg(feature = "sqlite")]
    /// Of SQLite.
    Sqlite(sqlx::sqlite::SqliteRow),
    #[cfg(feature = "postgres")]
    /// Of PostgreSQL.
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
    /// Any text.
    pub fn text(&self, index: usize) -> Result<String, sqlx::Error> {
        self.verbatim(index).map(nul::unescaped)
    }

    /// Any text, or NULL.
    pub fn optional_text(&self, index: usize) -> Result<Option<String>, sqlx::Error> {
        let text: Option<String> = column!(self, index)?;
        Ok(text.map(nul::unescaped))
    }

    /// Text that was stored as it is.
    pub fn verbatim(&self, index: usize) -> Result<String, sqlx::Error> {
        column!(self, index)
    }

    /// A number.
    pub fn int(&self, index: usize) -> Result<i64, sqlx::Error> {
        column!(self, index)
    }

    /// A number, or NULL.
    pub fn optional_int(&self, index: usize) -> Result<Option<i64>, sqlx::Error> {
        column!(self, index)
    }

    /// A count or a number from 1, never negative.
    pub fn count(&self, index: usize) -> Result<u64, sqlx::Error> {
        u64::try_from(self.int(index)?).map_err(|error| decode(index, error))
    }

    /// `N` bytes, or NULL.
    pub fn optional_array<const N: usize>(
        &self,
        index: usize,
    ) -> Result<Option<[u8; N]>, sqlx::Error> {
        let bytes: Option<Vec<u8>> = column!(self, index)?;
        let array = |bytes: Vec<u8>| bytes.as_slice().try_into();
        bytes
            .map(array)
            .transpose()
            .map_err(|error| decode(index, error))
    }

    /// `N` bytes.
    pub fn array<const N: usize>(&self, index: usize) -> Result<[u8; N], sqlx::Error> {
        let bytes: Vec<u8> = column!(self, index)?;
        let bytes = bytes.as_slice();
        bytes.try_into().map_err(|error| decode(index, error))
    }
}

/// A column holds what is never written there.
pub fn decode(index: usize, source: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: index.to_string(),
        source: Box::new(source),
    }
}
