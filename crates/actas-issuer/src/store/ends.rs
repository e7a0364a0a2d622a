use actas_audit::{Revocation, SessionId};
use actas_core::SubjectKey;
use actas_store::Arg;

use super::open::Store;
use super::start::{COLUMNS, Start};

/// Seconds after which a start is given up that was not recorded: whoever was about to is gone.
const GIVEN_UP: i64 = 120;
/// Seconds for which rows are kept that are of no use any longer: a day.
const KEPT: i64 = 86_400;

/// Why a session ends that could not be recorded in time: no limit counts it.
const NOT_STARTED: &str = "not_started";
/// Why a session ends that nobody fetched the token of.
const NOT_REDEEMED: &str = "not_redeemed";

impl Store {
    /// The sessions of an actor whose token was fetched, and that are not over by the clock.
    pub(crate) async fn running_of(
        &self,
        actor: SubjectKey<'_>,
        now: i64,
    ) -> Result<Vec<Start>, sqlx::Error> {
        let select = format!(
            "SELECT {COLUMNS} FROM starts
            WHERE issuer = $1 AND actor_issuer = $2 AND actor_subject = $3 AND state = 'redeemed' AND ends_at > $4"
        );
        let mut connection = self.database.reader().await?;
        let args = [
            Arg::Text(&self.issuer),
            Arg::Text(actor.issuer),
            Arg::Text(actor.user_id),
            Arg::Int(now),
        ];
        let rows = connection.fetch(sqlx::AssertSqlSafe(select), &args).await?;
        Start::read_all(&rows)
    }

    /// All sessions that have started, and are not over by the clock.
    pub(crate) async fn running(&self, now: i64) -> Result<Vec<Start>, sqlx::Error> {
        let select = format!(
            "SELECT {COLUMNS} FROM starts
            WHERE issuer = $1 AND state IN ('started', 'redeemed') AND ends_at > $2"
        );
        let mut connection = self.database.reader().await?;
        let args = [Arg::Text(&self.issuer), Arg::Int(now)];
        let rows = connection.fetch(sqlx::AssertSqlSafe(select), &args).await?;
        Start::read_all(&rows)
    }

    /// Has a session end: its ticket is good for nothing from now on. The record is to be told.
    pub(crate) async fn end(&self, id: SessionId, reason: &str) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE starts SET state = 'ending', end_reason = $1
            WHERE id = $2 AND issuer = $3 AND state IN ('starting', 'started', 'redeemed')";
        let mut connection = self.database.writer().await?;
        let args = [
            Arg::Text(reason),
            Arg::Verbatim(&id.to_string()),
            Arg::Text(&self.issuer),
        ];
        connection.execute(UPDATE, &args).await.map(drop)
    }

    /// Takes a start back whose record may or may not have been written: it is ended there, should it come.
    pub(crate) async fn take_back(&self, id: SessionId) -> Result<(), sqlx::Error> {
        self.end(id, NOT_STARTED).await
    }

    /// Has those end that nobody goes on with: whose ticket was let run out, or whose process is gone.
    pub(crate) async fn end_abandoned(&self, now: i64) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE starts SET state = 'ending', end_reason = $1
            WHERE issuer = $2 AND ends_at > $3
                AND (state = 'starting' AND began_at < $4 OR state = 'started'
                    AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.start = starts.id AND t.expires_at > $3))";
        let mut connection = self.database.writer().await?;
        let args = [
            Arg::Verbatim(NOT_REDEEMED),
            Arg::Text(&self.issuer),
            Arg::Int(now),
            Arg::Int(now.saturating_sub(GIVEN_UP)),
        ];
        connection.execute(UPDATE, &args).await.map(drop)
    }

    /// Has all end that a revocation is of, and forgets what waits for its start.
    pub(crate) async fn revoke(
        &self,
        what: &Revocation,
        now: i64,
        reason: &'static str,
    ) -> Result<(), sqlx::Error> {
        let Some((column, values)) = self.revoked(what) else {
            return Ok(());
        };
        let update = format!(
            "UPDATE starts SET state = 'ending', end_reason = $4
            WHERE issuer = $1 AND {column}
                AND state IN ('starting', 'started', 'redeemed') AND ends_at > $5"
        );
        let delete = format!(
            "DELETE FROM starts WHERE issuer = $1 AND {column} AND state IN ('pending', 'approved')"
        );
        let mut connection = self.database.writer().await?;
        connection.begin().await?;
        let [first, second] = values;
        let args = [
            Arg::Text(&self.issuer),
            Arg::Text(first),
            Arg::Text(second),
            Arg::Verbatim(reason),
            Arg::Int(now),
        ];
        connection
            .execute(sqlx::AssertSqlSafe(update), &args)
            .await?;
        let [args @ .., _, _] = args;
        connection
            .execute(sqlx::AssertSqlSafe(delete), &args)
            .await?;
        connection.commit().await
    }

    /// What the rows are found by, in `$2` and `$3`; `None` where they are another issuer's.
    fn revoked<'a>(&self, what: &'a Revocation) -> Option<(&'static str, [&'a str; 2])> {
        // Both are there in each, since both are always given.
        match what {
            Revocation::Session {
                issuer,
                session_key,
            } => {
                let session_id = session_key.strip_prefix("sid:")?;
                let is_own = **issuer == *self.issuer;
                is_own.then_some(("session_id = $2 AND $3 = ''", [session_id, ""]))
            }
            Revocation::Actor { issuer, subject } => Some((
                "actor_issuer = $2 AND actor_subject = $3",
                [issuer, subject],
            )),
            Revocation::User { issuer, user_id } => {
                let is_own = **issuer == *self.issuer;
                is_own.then_some(("user_id = $2 AND $3 = ''", [user_id, ""]))
            }
            Revocation::Everything => Some(("$2 = $3", ["", ""])),
            _ => None,
        }
    }

    /// The sessions whose end the record is to be told.
    pub(crate) async fn ending(&self) -> Result<Vec<Start>, sqlx::Error> {
        let select = format!("SELECT {COLUMNS} FROM starts WHERE issuer = $1 AND state = 'ending'");
        let mut connection = self.database.reader().await?;
        let args = [Arg::Text(&self.issuer)];
        let rows = connection.fetch(sqlx::AssertSqlSafe(select), &args).await?;
        Start::read_all(&rows)
    }

    /// The record says that a session has ended.
    pub(crate) async fn has_ended(&self, id: SessionId) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE starts SET state = 'ended' WHERE id = $1 AND issuer = $2";
        let mut connection = self.database.writer().await?;
        let args = [Arg::Verbatim(&id.to_string()), Arg::Text(&self.issuer)];
        connection.execute(UPDATE, &args).await.map(drop)
    }

    /// Removes what has been of no use for a day, whoever's it is.
    pub(crate) async fn remove_old(&self, now: i64) -> Result<(), sqlx::Error> {
        const STARTS: &str = "DELETE FROM starts WHERE ends_at < $1 AND state <> 'ending'";
        const CONSENTS: &str = "DELETE FROM consents WHERE until < $1 OR withdrawn_at < $1";
        let args = [Arg::Int(now.saturating_sub(KEPT))];
        let mut connection = self.database.writer().await?;
        connection.execute(STARTS, &args).await?;
        connection.execute(CONSENTS, &args).await.map(drop)
    }
}
