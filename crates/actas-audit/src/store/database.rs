use std::time::Duration;

#[cfg(feature = "sqlite")]
use sqlx::Connection as _;
use sqlx::SqlSafeStr;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::row::{Arg, Row};

/// Connections that read at a time.
const READERS: u32 = 4;

/// The schema that holds the tables at PostgreSQL, where the database may be the application's own.
#[cfg(feature = "postgres")]
pub(super) const SCHEMA: &str = "actas_audit";

/// Connections to one database: one that writes, and a few that read.
#[derive(Clone)]
pub(super) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite {
        writer: sqlx::SqlitePool,
        readers: sqlx::SqlitePool,
    },
    #[cfg(feature = "postgres")]
    Postgres {
        writer: sqlx::PgPool,
        readers: sqlx::PgPool,
    },
}

/// One connection. Dropped within a transaction, it is not used again.
pub(super) struct Connection {
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
                Arg::OptionalHash(hash) => query.bind(hash.map(|hash| hash.as_bytes().as_slice())),
            };
        }
        query
    }};
}

impl Database {
    #[cfg(feature = "sqlite")]
    pub(super) fn sqlite(options: SqliteConnectOptions, wait: Duration) -> Self {
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(wait)
        };
        Self::Sqlite {
            writer: pool(1).connect_lazy_with(options.clone()),
            readers: pool(READERS).connect_lazy_with(options.pragma("query_only", "ON")),
        }
    }

    #[cfg(feature = "postgres")]
    pub(super) fn postgres(options: PgConnectOptions, wait: Duration) -> Self {
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(wait)
                .after_connect(|connection, _| {
                    Box::pin(async move {
                        // A page is read in an index's order, and no further than it goes. Where the planner guesses few
                        // rows it would rather fetch all that follow, and sort them.
                        let settings = "SELECT set_config('search_path', $1, false),
                            set_config('enable_bitmapscan', 'off', false)";
                        sqlx::query(settings)
                            .bind(SCHEMA)
                            .execute(connection)
                            .await?;
                        Ok(())
                    })
                })
        };
        Self::Postgres {
            writer: pool(1).connect_lazy_with(options.clone()),
            readers: pool(READERS).connect_lazy_with(options),
        }
    }

    /// The connection that writes. There is one: it waits for the last to be given back.
    pub(super) async fn writer(&self) -> Result<Connection, sqlx::Error> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { writer, .. } => Connection::new(Inner::Sqlite(writer.acquire().await?)),
            #[cfg(feature = "postgres")]
            Self::Postgres { writer, .. } => {
                Connection::new(Inner::Postgres(writer.acquire().await?))
            }
        })
    }

    /// A connection that reads.
    pub(super) async fn reader(&self) -> Result<Connection, sqlx::Error> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { readers, .. } => {
                Connection::new(Inner::Sqlite(readers.acquire().await?))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres { readers, .. } => {
                Connection::new(Inner::Postgres(readers.acquire().await?))
            }
        })
    }

    /// Ends all connections, each once it is given back.
    pub(super) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres { writer, readers } => {
                readers.close().await;
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
    pub(super) async fn execute(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<u64, sqlx::Error> {
        on_engine!(self, connection, Engine => {
            let query = query!(Engine, sql, args);
            Ok(query.execute(&mut **connection).await?.rows_affected())
        })
    }

    pub(super) async fn fetch(
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

    pub(super) async fn fetch_optional(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
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
    pub(super) async fn begin_snapshot(&mut self) -> Result<(), sqlx::Error> {
        self.is_in_transaction = true;
        let begin = self.choose("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        self.control(begin).await
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
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
    pub(super) const fn choose(
        &self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> &'static str {
        if self.locks_rows() { postgres } else { sqlite }
    }

    /// Whether rows are locked one by one. At SQLite the one transaction that writes has locked all.
    pub(super) const fn locks_rows(&self) -> bool {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => true,
        }
    }

    /// What the server encodes text in, where it can be anything but UTF-8.
    pub(super) async fn encoding(&mut self) -> Result<Option<String>, sqlx::Error> {
        if !self.locks_rows() {
            return Ok(None);
        }
        let select = "SELECT current_setting('server_encoding')";
        let row = self.fetch_optional(select, &[]).await?;
        row.map(|row| row.verbatim(0)).transpose()
    }

    /// Makes or updates the tables.
    pub(super) async fn migrate(
        &mut self,
        migrator: sqlx::migrate::Migrator,
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
                    .bind(SCHEMA)
                    .fetch_one(&mut **connection)
                    .await?;
                let mut migrator = migrator;
                // One that exists is not asked for again: the right to make one may be another's.
                if !exists {
                    migrator.create_schema(SCHEMA);
                }
                migrator.run_direct(None, &mut **connection, false).await?;
            }
        }
        Ok(())
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
