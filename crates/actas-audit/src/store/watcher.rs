use std::io;
use std::sync::Arc;
use std::time::Duration;

use actas_store::{Arg, Connection, Database, Listener, StoreError};
use sqlx::AssertSqlSafe;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::close::OVER_AFTER;
use super::listening::Listeners;
use super::notice::LISTEN;
use super::revocation::concerns;
use crate::id::SessionId;

/// Between two looks at a SQLite database, while somebody waits for the end of a session.
const POLL: Duration = Duration::from_millis(500);

/// Between two signs of the connection that listens, at most.
const SIGN: Duration = Duration::from_secs(1);

/// Between two attempts to listen, or to look.
const PAUSE: Duration = Duration::from_millis(200);

/// What one look, or one sign, may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Sessions that are looked after in one statement.
const BATCH: usize = 64;

/// The task that hears of ends and revocations that other processes write.
///
/// What it is told is only that there are some. It looks after the sessions of which somebody waits for the end, and so finds
/// also what it was not told of while it did not listen.
pub(super) struct Watcher {
    pub(super) database: Database,
    pub(super) listeners: Arc<Listeners>,
    /// How long what others tell may be unknown.
    pub(super) grace: Duration,
    /// Its sender is gone once the task is to end.
    pub(super) stopped: oneshot::Receiver<()>,
}

impl Watcher {
    pub(super) async fn run(mut self) {
        tokio::select! {
            _ = &mut self.stopped => (),
            () = watch(&self.database, &self.listeners, self.grace) => (),
        }
    }
}

async fn watch(database: &Database, listeners: &Listeners, grace: Duration) {
    loop {
        let lost = match database.listener().await {
            Ok(Some(listener)) => listen(database, listeners, listener, grace).await,
            Ok(None) => poll(database, listeners).await,
            Err(error) => Err(error),
        };
        if let Err(error) = lost {
            let error = StoreError::of(&error);
            tracing::warn!(%error, "ends of sessions that other processes record are not heard of");
        }
        sleep(PAUSE).await;
    }
}

/// It ends when the connection is lost.
async fn listen(
    database: &Database,
    listeners: &Listeners,
    mut listener: Listener,
    grace: Duration,
) -> Result<(), sqlx::Error> {
    let sign = grace.div_f64(4.0).min(SIGN);
    in_time(listener.execute(LISTEN)).await?;
    loop {
        in_time(look(database, listeners)).await?;
        listeners.are_told();
        loop {
            tokio::select! {
                heard = listener.heard() => {
                    heard?;
                    break;
                }
                () = listeners.asked() => break,
                () = sleep(sign) => {
                    in_time(listener.execute(LISTEN)).await?;
                    listeners.are_told();
                }
            }
        }
    }
}

/// It ends when the database fails.
async fn poll(database: &Database, listeners: &Listeners) -> Result<(), sqlx::Error> {
    loop {
        if listeners.sessions().is_empty() {
            listeners.asked().await;
        }
        look(database, listeners).await?;
        sleep(POLL).await;
    }
}

/// Finds which of the sessions have ended that somebody waits for.
async fn look(database: &Database, listeners: &Listeners) -> Result<(), sqlx::Error> {
    let sessions = listeners.sessions();
    if sessions.is_empty() {
        return Ok(());
    }
    let mut connection = database.spare_reader().await?;
    for some in sessions.chunks(BATCH) {
        for (session, expire_at) in ended(&mut connection, some).await? {
            let until = expire_at.saturating_add(OVER_AFTER);
            listeners.memory.is_heard(session, until);
        }
    }
    Ok(())
}

async fn ended(
    connection: &mut Connection,
    sessions: &[SessionId],
) -> Result<Vec<(SessionId, i64)>, sqlx::Error> {
    const ENDED: &str = concat!(
        "SELECT s.id, s.expire_at FROM sessions s
        WHERE (s.ended_at IS NOT NULL OR EXISTS (SELECT 1 FROM revocations r WHERE r.n > s.revocation AND ",
        concerns!(),
        ")) AND s.id IN ("
    );
    let ids: Vec<String> = sessions.iter().map(SessionId::to_string).collect();
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let sql = AssertSqlSafe(format!("{ENDED}{})", places.join(", ")));
    let args: Vec<Arg<'_>> = ids.iter().map(|id| Arg::Verbatim(id)).collect();
    let mut ended = Vec::new();
    for row in connection.fetch(sql, &args).await? {
        if let Ok(session) = row.verbatim(0)?.parse() {
            ended.push((session, row.int(1)?));
        }
    }
    Ok(ended)
}

async fn in_time<T>(
    attempt: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match timeout(ATTEMPT, attempt).await {
        Ok(outcome) => outcome,
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
    }
}
