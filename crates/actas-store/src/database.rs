use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::time::Duration;

#[cfg(feature = "sqlite")]
use sqlx::Connection as _;
use sqlx::SqlSafeStr;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

#[cfg(feature = "sqlite")]
use crate::error::StoreError;
use crate::listener::Listener;
use crate::row::{Arg, Row};

/// Connections that read at a time.
const READERS: u32 = 4;

/// How long PostgreSQL hears nothing in a transaction that writes before it is rolled back. The server does not learn that a
/// host is gone, and would keep the locks that all others wait for.
#[cfg(feature = "postgres")]
const IDLE: &str = "1min";

/// Connections to one database: one that writes, a few that read, and one that reads what may not wait for those. Clones share
/// them.
#[derive(Clone)]
pub struct Database {
    pools: Pools,
}

#[derive(Clone)]
enum Pools {
    #[cfg(feature = "sqlite")]
    Sqlite {
        writer: sqlx::SqlitePool,
        readers: sqlx::SqlitePool,
        spare: sqlx::SqlitePool,
    },
    #[cfg(feature = "postgres")]
    Postgres {
        writer: sqlx::PgPool,
        readers: sqlx::PgPool,
        spare: sqlx::PgPool,
        options: Box<PgConnectOptions>,
        wait: Duration,
    },
}

/// One connection. Dropped within a transaction, it is not used again.
pub struct Connection {
    inner: Inner,
    is_in_transaction: bool,
}

enum Inner {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::pool::PoolConnection<sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::pool::PoolConnection<sqlx::Postgres>),
}

macro_rules! on_engine {
    ($connection:expr, $name:ident, $engine:ident => $body:expr) => {
        match &mut $connection.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite($name) => {
                type $engine = sqlx::Sqlite;
                $body
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres($name) => {
                type $engine = sqlx::Postgres;
                $body
            }
        }
    };
}

macro_rules! query {
    ($engine:ty, $sql:expr, $args:expr) => {{
        let mut query = sqlx::query::<$engine>($sql);
        for arg in $args {
            query = match *arg {
                Arg::Text(text) => query.bind(Arg::text(text)),
                Arg::OptionalText(text) => query.bind(text.map(Arg::text)),
                Arg::Verbatim(text) => query.bind(text),
                Arg::Int(int) => query.bind(int),
                Arg::OptionalInt(int) => query.bind(int),
                Arg::Bytes(bytes) => query.bind(bytes),
                Arg::OptionalBytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

impl Database {
    /// The database in a SQLite file, which is made where it does not exist. Its folder must exist.
    ///
    /// `wait` is how long a connection, or the lock of another that writes, is waited for.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when `path` names no file.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(path: &Path, wait: Duration) -> Result<Self, StoreError> {
        // What these name is another database for each connection.
        if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
            return Err(StoreError::new("it needs a file of its own"));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In this mode alone a commit is on disk when it returns.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(wait);
        Ok(Self::of_sqlite(options, wait))
    }

    /// The database in a SQLite file, which is only read; `is_immutable` where nobody writes to it meanwhile.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn sqlite_read_only(path: &Path, is_immutable: bool, wait: Duration) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(is_immutable)
            .busy_timeout(wait);
        Self::of_sqlite(options, wait)
    }

    #[cfg(feature = "sqlite")]
    fn of_sqlite(options: SqliteConnectOptions, wait: Duration) -> Self {
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(wait)
        };
        let pools = Pools::Sqlite {
            writer: pool(1).connect_lazy_with(options.clone()),
            readers: pool(READERS).connect_lazy_with(options.clone().pragma("query_only", "ON")),
            spare: pool(1).connect_lazy_with(options.pragma("query_only", "ON")),
        };
        Self { pools }
    }

    /// The database of PostgreSQL at `url`, where tables are looked for in `schema`.
    ///
    /// # Errors
    ///
    /// [`UrlError`] when the URL cannot be read.
    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str, schema: &'static str, wait: Duration) -> Result<Self, UrlError> {
        let options: PgConnectOptions = url.parse().map_err(|_| UrlError)?;
        let pool = |connections, idle: Option<&'static str>| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(wait)
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        // A page is read in an index's order, and no further than it goes. Where the planner guesses few
                        // rows it would rather fetch all that follow, and sort them.
                        let settings = "SELECT set_config('search_path', $1, false),
                            set_config('enable_bitmapscan', 'off', false),
                            set_config(
                                'idle_in_transaction_session_timeout',
                                COALESCE($2, current_setting('idle_in_transaction_session_timeout')),
                                false
                            )";
                        sqlx::query(settings)
                            .bind(schema)
                            .bind(idle)
                            .execute(connection)
                            .await?;
                        Ok(())
                    })
                })
        };
        let pools = Pools::Postgres {
            writer: pool(1, Some(IDLE)).connect_lazy_with(options.clone()),
            // What is read may be sent to somebody who takes their time.
            readers: pool(READERS, None).connect_lazy_with(options.clone()),
            spare: pool(1, Some(IDLE)).connect_lazy_with(options.clone()),
            options: Box::new(options),
            wait,
        };
        Ok(Self { pools })
    }

    /// The connection that writes. There is one: it waits for the last to be given back.
    pub async fn writer(&self) -> Result<Connection, sqlx::Error> {
        Ok(match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { writer, .. } => Connection::new(Inner::Sqlite(writer.acquire().await?)),
            #[cfg(feature = "postgres")]
            Pools::Postgres { writer, .. } => {
                Connection::new(Inner::Postgres(writer.acquire().await?))
            }
        })
    }

    /// A connection that reads.
    pub async fn reader(&self) -> Result<Connection, sqlx::Error> {
        Ok(match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { readers, .. } => {
                Connection::new(Inner::Sqlite(readers.acquire().await?))
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { readers, .. } => {
                Connection::new(Inner::Postgres(readers.acquire().await?))
            }
        })
    }

    /// The connection that reads what may not wait until others have read lists and exports. It must be given back soon.
    pub async fn spare_reader(&self) -> Result<Connection, sqlx::Error> {
        Ok(match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { spare, .. } => Connection::new(Inner::Sqlite(spare.acquire().await?)),
            #[cfg(feature = "postgres")]
            Pools::Postgres { spare, .. } => {
                Connection::new(Inner::Postgres(spare.acquire().await?))
            }
        })
    }

    /// One more connection, which hears what transactions tell by `NOTIFY`: `None` at SQLite, where they tell nothing. It ends
    /// when it is dropped.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unused_async, reason = "there is none at SQLite")
    )]
    pub async fn listener(&self) -> Result<Option<Listener>, sqlx::Error> {
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { .. } => Ok(None),
            #[cfg(feature = "postgres")]
            Pools::Postgres { options, wait, .. } => {
                // A pool of its own: what becomes of a connection that was lost is no other's concern.
                let pool = PgPoolOptions::new()
                    .max_connections(1)
                    .max_lifetime(None)
                    .idle_timeout(None)
                    .acquire_timeout(*wait)
                    .connect_lazy_with((**options).clone());
                let mut listener = PgListener::connect_with(&pool).await?;
                listener.eager_reconnect(false);
                Ok(Some(Listener::Postgres(listener)))
            }
        }
    }

    /// Ends all connections but listeners, each once it is given back.
    pub async fn close(&self) {
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite {
                writer,
                readers,
                spare,
            } => {
                readers.close().await;
                spare.close().await;
                writer.close().await;
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres {
                writer,
                readers,
                spare,
                ..
            } => {
                readers.close().await;
                spare.close().await;
                writer.close().await;
            }
        }
    }
}

impl Connection {
    const fn new(inner: Inner) -> Self {
        Self {
            inner,
            is_in_transaction: false,
        }
    }

    /// Runs a statement, and tells how many rows it wrote.
    pub async fn execute(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<u64, sqlx::Error> {
        on_engine!(self, connection, Engine => {
            let query = query!(Engine, sql, args);
            Ok(query.execute(&mut **connection).await?.rows_affected())
        })
    }

    /// All rows that a statement finds.
    pub async fn fetch(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, sqlx::Error> {
        match &mut self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(connection) => {
                let rows = query!(sqlx::Sqlite, sql, args).fetch_all(&mut **connection);
                Ok(rows.await?.into_iter().map(Row::Sqlite).collect())
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres(connection) => {
                let rows = query!(sqlx::Postgres, sql, args).fetch_all(&mut **connection);
                Ok(rows.await?.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row that a statement finds.
    pub async fn fetch_optional(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Begins a transaction that writes.
    pub async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.is_in_transaction = true;
        let begin = self.choose(
            // Another that writes is waited for here, and not half-way.
            "BEGIN IMMEDIATE",
            // A commit that is not on disk is none; a stronger setting than `on` stays.
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
            SELECT set_config('synchronous_commit', 'on', true)
            WHERE current_setting('synchronous_commit') = 'off'",
        );
        self.control(begin).await
    }

    /// Begins a transaction that reads one state of the database.
    pub async fn begin_snapshot(&mut self) -> Result<(), sqlx::Error> {
        self.is_in_transaction = true;
        let begin = self.choose("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        self.control(begin).await
    }

    /// Ends the transaction: what it wrote is on disk once this returns.
    pub async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.control("COMMIT").await?;
        self.is_in_transaction = false;
        Ok(())
    }

    /// Runs statements without parameters in one round trip.
    async fn control(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        on_engine!(self, connection, _Engine => {
            sqlx::raw_sql(sql).execute(&mut **connection).await?;
            Ok(())
        })
    }

    /// The text of the two that is this engine's.
    #[must_use]
    pub const fn choose(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        if self.locks_rows() { postgres } else { sqlite }
    }

    /// Whether rows are locked one by one. At SQLite the one transaction that writes has locked all.
    #[must_use]
    pub const fn locks_rows(&self) -> bool {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => true,
        }
    }

    /// What the server encodes text in, where it can be anything but UTF-8.
    pub async fn encoding(&mut self) -> Result<Option<String>, sqlx::Error> {
        if !self.locks_rows() {
            return Ok(None);
        }
        let select = "SELECT current_setting('server_encoding')";
        let row = self.fetch_optional(select, &[]).await?;
        row.map(|row| row.verbatim(0)).transpose()
    }

    /// Makes or updates the tables.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "SQLite has no schemas")
    )]
    pub(crate) async fn migrate(
        &mut self,
        migrator: sqlx::migrate::Migrator,
        schema: &'static str,
    ) -> Result<(), sqlx::migrate::MigrateError> {
        match &mut self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(connection) => {
                // The driver has no lock for migrations: one transaction over all of them is one.
                let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
                migrator.run_direct(None, &mut *transaction, false).await?;
                transaction.commit().await?;
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres(connection) => {
                let exists = "SELECT to_regnamespace($1) IS NOT NULL";
                let exists: bool = sqlx::query_scalar(exists)
                    .bind(schema)
                    .fetch_one(&mut **connection)
                    .await?;
                let mut migrator = migrator;
                // One that exists is not asked for again: the right to make one may be another's.
                if !exists {
                    migrator.create_schema(schema);
                }
                migrator.run_direct(None, &mut **connection, false).await?;
            }
        }
        Ok(())
    }
}

/// A URL of PostgreSQL cannot be read. It is not told: it may hold a password.
#[derive(Clone, Copy, Debug)]
pub struct UrlError;

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the URL cannot be read: it has the form postgres://user:password@host:5432/database",
        )
    }
}

impl std::error::Error for UrlError {}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_in_transaction {
            // What is open ends with the connection.
            on_engine!(self, connection, _Engine => connection.close_on_drop());
        }
    }
}
