use std::path::PathBuf;

use crate::error::StoreError;

/// Why a database cannot be opened. It holds no password and no URL. What to do about it is for each crate to say.
#[derive(Debug)]
pub enum OpenError {
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
    /// A later release made the tables.
    Newer,
    /// The tables are not as this release knows them, or cannot be made so.
    Schema(StoreError),
}
