use sqlx::SqlSafeStr;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgListener;

/// Hears of transactions on a channel, on a connection of its own.
pub enum Listener {
    #[cfg(feature = "postgres")]
    /// At PostgreSQL, by `LISTEN`.
    Postgres(PgListener),
}

impl Listener {
    /// Waits until a transaction has told something. Dropped before, it misses nothing.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unused_async, reason = "there is none at SQLite")
    )]
    pub async fn heard(&mut self) -> Result<(), sqlx::Error> {
        match *self {
            #[cfg(feature = "postgres")]
            Self::Postgres(ref mut listener) => {
                let cut = || std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
                let heard = listener.try_recv().await?;
                heard.map(|_| ()).ok_or_else(|| sqlx::Error::Io(cut()))
            }
        }
    }

    /// Runs a statement on its connection: what makes it listen, and what shows that it still does.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(
            clippy::unused_async,
            unused_variables,
            reason = "there is none at SQLite"
        )
    )]
    pub async fn execute(&mut self, sql: impl SqlSafeStr) -> Result<(), sqlx::Error> {
        match *self {
            #[cfg(feature = "postgres")]
            Self::Postgres(ref mut listener) => {
                sqlx::raw_sql(sql).execute(listener).await?;
                Ok(())
            }
        }
    }
}
