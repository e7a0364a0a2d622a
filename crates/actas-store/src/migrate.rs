use std::time::Duration;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use tokio::time::{Instant, sleep};

use crate::database::{Connection, Database};
use crate::error::StoreError;
use crate::open_error::OpenError;
use crate::row::Arg;
use crate::tables::{Step, Tables};

/// Between two attempts where several processes start together.
const PAUSE: Duration = Duration::from_millis(50);

/// Makes or updates `tables` in `database`. Several processes may do so at once.
///
/// # Errors
///
/// [`OpenError`], after `wait` where another process holds the database.
pub(crate) async fn run(
    database: &Database,
    tables: &'static Tables,
    wait: Duration,
) -> Result<(), OpenError> {
    use sqlx::migrate::MigrateError as Error;
    let start = Instant::now();
    loop {
        match attempt(database, tables).await {
            Ok(()) => return Ok(()),
            // SQLite does not wait for the change to its write-ahead log.
            Err(error) if is_busy(&error) && start.elapsed() < wait => sleep(PAUSE).await,
            Err(Error::VersionMissing(_)) => return Err(OpenError::Newer),
            Err(Error::Execute(error)) => {
                return Err(OpenError::Database(StoreError::of(&error)));
            }
            Err(Error::ExecuteMigration(error, _)) => {
                return Err(OpenError::Schema(StoreError::of(&error)));
            }
            Err(error) => return Err(OpenError::Schema(StoreError::new(error.to_string()))),
        }
    }
}

/// The encoding of `database`, where not every text can be stored in it.
///
/// # Errors
///
/// [`StoreError`] when the database fails.
pub(crate) async fn check_encoding(database: &Database) -> Result<Option<String>, StoreError> {
    let encoding = async {
        let mut connection = database.writer().await?;
        connection.encoding().await
    };
    let encoding: Result<_, sqlx::Error> = encoding.await;
    let encoding = encoding.map_err(|error| StoreError::of(&error))?;
    // The second stores bytes as they come.
    Ok(encoding.filter(|encoding| !matches!(encoding.as_str(), "UTF8" | "SQL_ASCII")))
}

/// The version of `tables` in `database`, if there are any.
///
/// # Errors
///
/// The database's own, when it fails.
pub async fn version(database: &Database, tables: &Tables) -> Result<Option<i64>, sqlx::Error> {
    let mut connection = database.reader().await?;
    let count = connection.choose(
        "SELECT COUNT(*) FROM sqlite_master WHERE name = $1",
        "SELECT COUNT(to_regclass($1))",
    );
    let row = connection
        .fetch_optional(count, &[Arg::Verbatim(tables.migrations)])
        .await?;
    if row.map(|row| row.int(0)).transpose()?.unwrap_or(0) == 0 {
        return Ok(None);
    }
    let version = format!("SELECT MAX(version) FROM {}", tables.migrations);
    let row = connection
        .fetch_optional(sqlx::AssertSqlSafe(version), &[])
        .await?;
    row.map(|row| row.optional_int(0))
        .transpose()
        .map(Option::flatten)
}

async fn attempt(
    database: &Database,
    tables: &'static Tables,
) -> Result<(), sqlx::migrate::MigrateError> {
    let mut connection = database.writer().await?;
    let migrator = migrator(&connection, tables);
    connection.migrate(migrator, tables.schema).await
}

fn migrator(connection: &Connection, tables: &'static Tables) -> Migrator {
    let migration = |step: &'static Step| {
        Migration::new(
            step.version,
            step.name.into(),
            MigrationType::Simple,
            connection.choose(step.sqlite, step.postgres).into_sql_str(),
            false,
        )
    };
    let mut migrator = Migrator::with_migrations(tables.steps.iter().map(migration).collect());
    migrator.dangerous_set_table_name(tables.migrations);
    migrator
}

fn is_busy(error: &sqlx::migrate::MigrateError) -> bool {
    use sqlx::migrate::MigrateError as Error;
    let (Error::Execute(error) | Error::ExecuteMigration(error, _)) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    // The primary code stands in the low byte: 5 is SQLITE_BUSY, 6 SQLITE_LOCKED.
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code <= 0xffff && matches!(code & 0xff, 5 | 6))
}
