use std::fmt;
use std::path::PathBuf;

use actas_core::ConfigError;
use actas_store::StoreError;

/// Why impersonations cannot be started here. It holds no password and no URL of a database.
#[derive(Debug)]
#[non_exhaustive]
pub enum SetupError {
    /// A setting is out of its bounds.
    Setting(ConfigError),
    /// Insecure cookies were asked for, and the issuer is not on loopback.
    InsecureCookies,
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
    /// The database was made by a later release.
    Newer,
    /// The database's tables are not as this crate makes them.
    Schema(StoreError),
}

impl SetupError {
    /// Why the database of starts cannot be opened.
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

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(error) => error.fmt(f),
            Self::InsecureCookies => f.write_str(
                "insecure cookies are for an issuer whose URL is http on loopback: leave them out, or serve this one there",
            ),
            Self::Url => f.write_str(
                "the URL of the database of starts cannot be read: it has the form postgres://user:password@host:5432/database",
            ),
            Self::File { path, error } => write!(
                f,
                "the database of starts {} cannot be opened: {error}; its folder must exist, and be writable",
                path.display()
            ),
            Self::Database(error) => write!(
                f,
                "the database of starts cannot be used: {error}; see that it runs, and that its user may create a schema or owns actas_issuer"
            ),
            Self::Encoding(encoding) => write!(
                f,
                "the database of starts has the encoding {encoding}, in which not every text can be stored: make it with the encoding UTF8"
            ),
            Self::Newer => f.write_str(
                "the database of starts was made by a later release of actas-issuer: use that release or a later one",
            ),
            Self::Schema(error) => {
                write!(f, "the tables of starts cannot be made: {error}")
            }
        }
    }
}

impl std::error::Error for SetupError {}
