use std::time::Duration;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use tokio::time::{Instant, sleep};

use super::database::{Connection, Database};
use super::error::{OpenError, StoreError};

/// Not sqlx's own name: the application may migrate tables of its own in the same database.
pub(super) const TABLE: &str = "actas_audit_migrations";

/// The version of the tables that this release makes.
pub(super) const VERSION: i64 = 1;

/// Between two attempts where several processes start together.
const PAUSE: Duration = Duration::from_millis(50);

/// Makes or updates the tables of `database`. Several processes may do so at once.
pub(super) async fn run(database: &Database, wait: Duration) -> Result<(), OpenError> {
    let start = Instant::now();
    loop {
        match attempt(database).await {
            Ok(()) => return Ok(()),
            // SQLite does not wait for the change to its write-ahead log.
            Err(error) if is_busy(&error) && start.elapsed() < wait => sleep(PAUSE).await,
            Err(MigrateError::VersionMissing(_)) => return Err(OpenError::Newer),
            Err(MigrateError::Execute(error)) => {
                return Err(OpenError::Database(StoreError::of(&error)));
            }
            Err(MigrateError::ExecuteMigration(error, _)) => {
                return Err(OpenError::Schema(StoreError::of(&error)));
            }
            Err(error) => return Err(OpenError::Schema(StoreError::new(error.to_string()))),
        }
    }
}

/// Refuses a database that cannot hold every text.
pub(super) async fn check_encoding(database: &Database) -> Result<(), OpenError> {
    let encoding = async {
        let mut connection = database.writer().await?;
        connection.encoding().await
    };
    let encoding = encoding
        .await
        .map_err(|error| OpenError::Database(StoreError::of(&error)))?;
    match encoding {
        // The second stores bytes as they come.
        None => Ok(()),
        Some(encoding) if matches!(encoding.as_str(), "UTF8" | "SQL_ASCII") => Ok(()),
        Some(encoding) => Err(OpenError::Encoding(encoding)),
    }
}

async fn attempt(database: &Database) -> Result<(), MigrateError> {
    let mut connection = database.writer().await?;
    let migrator = migrator(&connection);
    connection.migrate(migrator).await
}

fn migrator(connection: &Connection) -> Migrator {
    let first = connection.choose(
        include_str!("../../migrations/sqlite/0001_record.sql"),
        include_str!("../../migrations/postgres/0001_record.sql"),
    );
    let mut migrator = Migrator::with_migrations(vec![Migration::new(
        VERSION,
        "record".into(),
        MigrationType::Simple,
        first.into_sql_str(),
        false,
    )]);
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

fn is_busy(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    // The primary code stands in the low byte: 5 is SQLITE_BUSY, 6 SQLITE_LOCKED.
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code <= 0xffff && matches!(code & 0xff, 5 | 6))
}
